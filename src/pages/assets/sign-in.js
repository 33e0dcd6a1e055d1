// The panel above the operations: signs Swagger UI in as the demonstration's app, with a token that a
// private key gets, or with a pasted one.
'use strict';

function bulkSignIn({ spec, server, demo }) {
  const SCHEME = 'bearer';
  const root = server.replace(/\/$/, '');
  const pathTo = (end) => {
    const found = Object.keys(spec.paths).find((path) => path.endsWith(end));
    return found && root + found;
  };
  /** Undefined where this service leaves tokens to another: pages cannot ask that one. */
  const tokenPath = pathTo('/auth/token');
  let ui;
  let clock;
  /** { alg, kid, key }: the browser's handle of the key, from which nobody can read the key. */
  let held;
  /** Gets a token in the way of the last time. */
  let again;

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
  const plain = { autocomplete: 'off', spellcheck: false };
  const text = (properties) => element('input', { type: 'text', ...plain, ...properties });
  const area = (properties) => element('textarea', { rows: 3, ...plain, ...properties });
  const button = (label, properties, action) => {
    const made = element('button', { type: 'button', className: 'button', ...properties }, label);
    if (action) made.addEventListener('click', action);
    return made;
  };

  const status = element('p', {
    className: 'sign-in-status',
    role: 'status',
    id: 'sign-in-status',
  });
  const inputs = {
    clientId: text({ id: 'sign-in-client', required: true }),
    scope: text({ id: 'sign-in-scope', value: 'system/*.rs', required: true }),
    key: area({ id: 'sign-in-key' }),
    kid: text({ id: 'sign-in-kid' }),
    file: element('input', {
      type: 'file',
      id: 'sign-in-file',
      accept: '.json,.jwk,.jwks,.pem,.key',
    }),
    token: area({ id: 'sign-in-token' }),
  };

  function show(message, kind = '') {
    status.textContent = message;
    status.dataset.kind = kind;
  }

  /** Runs an action that people asked for; what fails is shown. */
  async function attempt(action) {
    show('One moment…');
    try {
      await action();
    } catch (error) {
      show(error.message, 'bad');
    }
  }

  /** Takes the key over from what people chose or pasted, and forgets the text. */
  async function take(keyText, from) {
    held = undefined;
    inputs.key.value = '';
    held = await bulkKeys.read(keyText);
    if (held.clientId) inputs.clientId.value = held.clientId;
    if (held.kid) inputs.kid.value = held.kid;
    show(`${held.alg} key ${held.kid ?? ''} from ${from}. Only signatures leave the browser.`);
  }

  async function withKey() {
    const pasted = inputs.key.value.trim();
    if (pasted !== '') await take(pasted, 'the field');
    if (!held) throw new Error('Paste a private key, or choose its file.');
    const kid = inputs.kid.value.trim();
    if (!kid) {
      throw new Error(
        'The key does not say its key id: fill in the kid that is registered for it.',
      );
    }
    const clientId = inputs.clientId.value.trim();
    if (!clientId) throw new Error('Fill in the client id of the app.');
    const token = await bulkToken.request({
      discoveryUrl: pathTo('/.well-known/smart-configuration'),
      path: tokenPath,
      clientId,
      key: { ...held, kid },
      scope: inputs.scope.value.trim(),
    });
    return { ...token, clientId };
  }

  async function withToken() {
    const pasted = inputs.token.value;
    inputs.token.value = '';
    return bulkToken.inspect(pasted);
  }

  /** Signs in by `way`, which gets a token; `isLasting` says that it can get another one. */
  const signIn = (way, isLasting) =>
    attempt(async () => {
      const { token, clientId, scope, expiresAt } = await way();
      ui.preauthorizeApiKey(SCHEME, token);
      again = isLasting ? way : undefined;
      fold();
      const scopes = scope ? ` Scope: ${scope}.` : '';
      watch(expiresAt, clientId ? `${scopes} App: ${clientId}.` : scopes);
    });

  function watch(expiresAt, details) {
    clearInterval(clock);
    const tick = () => {
      const isOver = expiresAt !== undefined && Date.now() >= expiresAt;
      if (isOver) {
        clearInterval(clock);
        show('The token has expired. Get a new one to go on.', 'bad');
      } else if (expiresAt === undefined) show(`Signed in.${details}`, 'good');
      else {
        const until = new Date(expiresAt).toLocaleTimeString();
        show(`Signed in until ${until}, ${remaining(expiresAt)} to go.${details}`, 'good');
      }
      renew.hidden = again === undefined;
    };
    signOut.hidden = false;
    clock = setInterval(tick, 1000);
    tick();
  }

  function remaining(expiresAt) {
    const seconds = Math.max(0, Math.round((expiresAt - Date.now()) / 1000));
    return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
  }

  const renew = button('New token', { hidden: true }, () => signIn(again, true));
  const signOut = button('Sign out', { hidden: true, id: 'sign-in-out' }, () => {
    clearInterval(clock);
    ui.authActions.logout([SCHEME]);
    held = undefined;
    again = undefined;
    signOut.hidden = true;
    renew.hidden = true;
    show('Signed out.');
  });

  function form(id, label, action, ...children) {
    const submit = element('button', { className: 'button button-main' }, label);
    const made = element(
      'form',
      { className: 'sign-in-form', id, hidden: true },
      ...children,
      submit,
    );
    made.noValidate = true;
    made.addEventListener('submit', async (event) => {
      event.preventDefault();
      submit.disabled = true;
      await action();
      submit.disabled = false;
    });
    return made;
  }

  const withKeyForm = () =>
    form(
      'sign-in-with-key',
      'Get a token',
      () => signIn(withKey, true),
      field(
        'File of the private key',
        inputs.file,
        'A JWK, a JWK Set, PKCS #8 PEM, or the client.json of the demo; RSA or EC on P-384.',
      ),
      field('… or the key itself', inputs.key, 'It stays in this page, where nobody can read it.'),
      field('Client id', inputs.clientId),
      field('Key id (kid)', inputs.kid, 'Only if the key does not hold it.'),
      field('Scope', inputs.scope),
    );
  const forms = {
    ...(tokenPath && { 'With a private key': withKeyForm() }),
    'With a token': form(
      'sign-in-with-token',
      'Use this token',
      () => signIn(withToken, false),
      field(
        'Access token',
        inputs.token,
        `${tokenPath ? '' : 'SMART discovery says where to get one. '}Kept until this page is closed or reloaded.`,
      ),
    ),
  };
  const ways = Object.entries(forms).map(([label, shown]) =>
    button(label, { ariaExpanded: 'false' }, ({ currentTarget }) => {
      const isOpen = !shown.hidden;
      fold();
      if (isOpen) return;
      shown.hidden = false;
      currentTarget.ariaExpanded = 'true';
    }),
  );

  function fold() {
    for (const shown of Object.values(forms)) shown.hidden = true;
    for (const way of ways) way.ariaExpanded = 'false';
  }

  const asDemo = () => signIn(() => bulkToken.ofDemo(demo), true);
  const demoButton = button(
    'Sign in as the demo’s app',
    { className: 'button button-main', id: 'sign-in-as-demo' },
    asDemo,
  );

  inputs.file.addEventListener('change', () =>
    attempt(async () => {
      const [file] = inputs.file.files;
      if (file) await take(await file.text(), file.name);
      // The same file can be chosen again after a change of it.
      inputs.file.value = '';
    }),
  );

  const panel = element(
    'section',
    { id: 'sign-in', className: 'sign-in' },
    element(
      'div',
      { className: 'sign-in-bar' },
      element('h2', {}, 'Sign in'),
      ...(demo ? [demoButton] : []),
      ...ways,
      renew,
      signOut,
    ),
    status,
    ...Object.values(forms),
  );

  /** Puts the panel below the name of the API, into an element that React leaves alone. */
  const plugin = {
    wrapComponents: {
      InfoContainer:
        (Original, { React }) =>
        (properties) =>
          React.createElement(
            'div',
            {},
            React.createElement(Original, properties),
            React.createElement('div', { ref: (place) => place?.append(panel) }),
          ),
      // There is one server: the one that the page is from.
      ServersContainer: () => () => null,
    },
  };

  /** To be called when Swagger UI is there; the start page may have asked to sign in. */
  function open(started) {
    ui = started;
    if (!demo || new URLSearchParams(location.search).get('sign-in') !== 'demo') return;
    // Another load of the page is another decision.
    history.replaceState(null, '', location.pathname + location.hash);
    void asDemo();
  }

  return { plugin, open };
}
