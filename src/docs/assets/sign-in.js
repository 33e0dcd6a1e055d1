// The panel above the operations: signs Swagger UI in with a pasted token, or with one that it gets.
'use strict';

(() => {
  const SCHEME = 'bearer';
  let ui;
  let clock;

  /** element('p', { className: 'x' }, child, …) */
  function element(tag, properties = {}, ...children) {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  }

  const field = (label, input, hint) =>
    element(
      'label',
      { className: 'sign-in-field' },
      element('span', {}, label),
      input,
      ...(hint ? [element('small', {}, hint)] : []),
    );

  const text = (properties) =>
    element('input', { type: 'text', autocomplete: 'off', spellcheck: false, ...properties });

  const area = (properties) =>
    element('textarea', { autocomplete: 'off', spellcheck: false, rows: 4, ...properties });

  const status = element('p', {
    className: 'sign-in-status',
    role: 'status',
    id: 'sign-in-status',
  });
  const signOut = element('button', {
    type: 'button',
    className: 'btn sign-in-out',
    hidden: true,
    textContent: 'Sign out',
  });

  const inputs = {
    clientId: text({ id: 'sign-in-client', placeholder: 'my-app', required: true }),
    scope: text({ id: 'sign-in-scope', value: 'system/*.rs', required: true }),
    key: area({
      id: 'sign-in-key',
      placeholder: '{"kty":"EC","crv":"P-384","kid":"…","x":"…","y":"…","d":"…"}',
    }),
    kid: text({ id: 'sign-in-kid', placeholder: 'only if the key does not hold it' }),
    file: element('input', {
      type: 'file',
      id: 'sign-in-file',
      accept: '.json,.jwk,.jwks,.pem,.key',
    }),
    token: area({ id: 'sign-in-token', placeholder: 'eyJ…' }),
  };

  function show(message, kind) {
    status.textContent = message;
    status.dataset.kind = kind;
  }

  function remaining(expiresAt) {
    const seconds = Math.max(0, Math.round((expiresAt - Date.now()) / 1000));
    return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
  }

  function signedIn({ token, scope, expiresAt }) {
    ui.preauthorizeApiKey(SCHEME, token);
    signOut.hidden = false;
    clearInterval(clock);
    const scopes = scope ? ` Scope: ${scope}.` : '';
    const tick = () => {
      if (expiresAt === undefined) show(`Signed in.${scopes}`, 'good');
      else if (Date.now() < expiresAt) {
        const until = new Date(expiresAt).toLocaleTimeString();
        show(`Signed in until ${until}, ${remaining(expiresAt)} to go.${scopes}`, 'good');
      } else {
        clearInterval(clock);
        show('The token has expired. Get a new one to go on.', 'bad');
      }
    };
    clock = setInterval(tick, 1000);
    tick();
  }

  function signedOut() {
    clearInterval(clock);
    ui.authActions.logout([SCHEME]);
    signOut.hidden = true;
    show('Signed out.', '');
  }

  /** A form whose failures are shown, and whose button waits meanwhile. */
  function form(name, button, action, ...children) {
    const submit = element('button', {
      type: 'submit',
      className: 'btn authorize',
      textContent: button,
    });
    const made = element('form', { className: 'sign-in-form', id: name }, ...children, submit);
    made.addEventListener('submit', async (event) => {
      event.preventDefault();
      submit.disabled = true;
      show('One moment…', '');
      try {
        signedIn(await action());
      } catch (error) {
        show(error.message, 'bad');
      } finally {
        submit.disabled = false;
      }
    });
    return made;
  }

  async function getToken(discoveryUrl) {
    if (!crypto.subtle) {
      throw new Error(
        'The browser signs only on pages from https or localhost. Open this page there, or paste a token.',
      );
    }
    const key = await bulkKeys.read(inputs.key.value, inputs.kid.value);
    const clientId = inputs.clientId.value.trim();
    const tokenUrl = await bulkToken.endpoint(discoveryUrl);
    return bulkToken.request({ tokenUrl, clientId, key, scope: inputs.scope.value.trim() });
  }

  function panel(discoveryUrl) {
    inputs.file.addEventListener('change', async () => {
      const [file] = inputs.file.files;
      if (file) inputs.key.value = await file.text();
      // The same file can be chosen again after a change of it.
      inputs.file.value = '';
    });
    signOut.addEventListener('click', signedOut);
    return element(
      'section',
      { id: 'sign-in', className: 'sign-in' },
      element('h2', {}, 'Sign in'),
      element(
        'div',
        { className: 'sign-in-ways' },
        form(
          'sign-in-with-key',
          'Get a token',
          () => getToken(discoveryUrl),
          element('h3', {}, 'With a client id and its private key'),
          field('Client id', inputs.clientId),
          field('Scope', inputs.scope),
          field(
            'Private key',
            inputs.key,
            'A JWK, a JWK Set or PKCS #8 PEM; RSA or EC on P-384. It stays in this page: the browser signs, and only the signature is sent.',
          ),
          field('… or its file', inputs.file),
          field('Key id (kid)', inputs.kid),
        ),
        form(
          'sign-in-with-token',
          'Use this token',
          async () => bulkToken.inspect(inputs.token.value),
          element('h3', {}, 'With an access token'),
          field('Access token', inputs.token, 'Kept until this page is closed or reloaded.'),
        ),
      ),
      element('div', { className: 'sign-in-result' }, status, signOut),
    );
  }

  /** Where the described server is; another origin cannot be called from this page. */
  function serverUrl(spec) {
    const server = spec.servers?.[0]?.url ?? location.origin;
    if (new URL(server).origin !== location.origin) {
      show(`This page only works at the public address of the service: ${server}/docs`, 'bad');
    }
    return server;
  }

  function start() {
    ui = window.ui;
    const spec = ui?.specSelectors.specJson().toJS();
    const place = document.querySelector('.swagger-ui .information-container');
    if (!spec?.paths || !place) {
      requestAnimationFrame(start);
      return;
    }
    const path = Object.keys(spec.paths).find((one) => one.endsWith('/smart-configuration'));
    // Outside of what React renders, or a new rendering would take it away.
    document.querySelector('#swagger-ui').before(panel(serverUrl(spec) + path));
  }

  window.addEventListener('load', start);
})();
