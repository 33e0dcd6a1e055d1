// The ways to sign in, as forms: with a key that people have, with one made here, with a token.
import { area, button, copyButton, element, field, form, text } from './elements.js';
import { forgetKey, keepKey, keptKey } from './kept-key.js';
import { make, read } from './keys.js';
import { inspect, request } from './token.js';

const SCOPE = 'system/*.rs';

/** What has been filled in, or an Error that says what has not. */
function filled(input, complaint) {
  const value = input.value.trim();
  if (value === '') throw new Error(complaint);
  return value;
}

/** @param panel { discovery, tokenPath, signIn, attempt, show } */
export function withPrivateKey({ discovery, tokenPath, signIn, attempt, show }) {
  const clientId = text({ id: 'sign-in-client', required: true });
  const scope = text({ id: 'sign-in-scope', value: SCOPE, required: true });
  const key = area({ id: 'sign-in-key' });
  const kid = text({ id: 'sign-in-kid' });
  const file = element('input', {
    type: 'file',
    id: 'sign-in-file',
    accept: '.json,.jwk,.jwks,.pem,.key',
  });
  /** { alg, kid, key }: the browser's handle of the key, from which nobody can read the key. */
  let held;

  /** Takes the key over from what people chose or pasted, and forgets the text. */
  async function take(keyText, from) {
    held = undefined;
    key.value = '';
    held = await read(keyText);
    if (held.clientId) clientId.value = held.clientId;
    if (held.kid) kid.value = held.kid;
    show(`${held.alg} key ${held.kid ?? ''} from ${from}. Only signatures leave the browser.`);
  }

  async function way() {
    const pasted = key.value.trim();
    if (pasted !== '') await take(pasted, 'the field');
    if (!held) throw new Error('Paste a private key, or choose its file.');
    const complaint = 'The key does not say its key id: fill in the kid that is registered for it.';
    const named = { ...held, kid: filled(kid, complaint) };
    const id = filled(clientId, 'Fill in the client id of the app.');
    const asked = {
      discovery,
      path: tokenPath,
      clientId: id,
      key: named,
      scope: scope.value.trim(),
    };
    return { ...(await request(asked)), clientId: id };
  }

  file.addEventListener('change', () =>
    attempt(async () => {
      const [chosen] = file.files;
      if (chosen) await take(await chosen.text(), chosen.name);
      // The same file can be chosen again after a change of it.
      file.value = '';
    }),
  );

  const shown = form(
    'sign-in-with-key',
    'Get a token',
    () => signIn(way, true),
    field(
      'File of the private key',
      file,
      'A JWK, a JWK Set, PKCS #8 PEM, or the client.json of the demo; RSA or EC on P-384.',
    ),
    field('… or the key itself', key, 'It stays in this page, where nobody can read it.'),
    field('Client id', clientId),
    field('Key id (kid)', kid, 'Only if the key does not hold it.'),
    field('Scope', scope),
  );
  return { label: 'With a private key', form: shown, forget: () => (held = undefined) };
}

/** A key that the browser makes and keeps to itself; its public half is shown, to be registered. */
export function withKeyMadeHere({ discovery, tokenPath, signIn, attempt, show }) {
  const jwks = area({ id: 'made-key-jwks', rows: 6, readOnly: true });
  const clientId = text({ id: 'made-key-client', required: true });
  const scope = text({ id: 'made-key-scope', value: SCOPE, required: true });
  let held;

  function display(key) {
    held = key;
    jwks.value = key ? JSON.stringify(key.jwks, null, 2) : '';
    clientId.value = key?.clientId ?? '';
    start.hidden = key !== undefined;
    shown.classList.toggle('is-without-key', key === undefined);
  }

  async function way() {
    const id = filled(clientId, 'Fill in the client id that the operator gave you for this key.');
    const asked = {
      discovery,
      path: tokenPath,
      clientId: id,
      key: held,
      scope: scope.value.trim(),
    };
    const token = await request(asked);
    await keepKey({ ...held, clientId: id });
    return { ...token, clientId: id };
  }

  const start = button('Make a key', { className: 'button button-main', id: 'make-key' }, () =>
    attempt(async () => {
      const made = await make();
      await keepKey(made);
      display(made);
      show('A key was made. Have its JWK Set registered, and fill in the client id that you get.');
    }),
  );
  const forget = button('Forget this key', { id: 'forget-key' }, () =>
    attempt(async () => {
      await forgetKey();
      display(undefined);
      show('The key is gone. What is registered for it is of no use any more.');
    }),
  );
  const shown = form(
    'sign-in-with-made-key',
    'Get a token',
    () => signIn(way, true),
    element(
      'p',
      {},
      'Your browser makes a key, keeps it for this address and signs with it. Nobody can read it, you included.',
    ),
    field(
      'Public JWK Set',
      jwks,
      'Give this to the operator, who registers your app and gives you a client id.',
    ),
    element(
      'p',
      { className: 'buttons' },
      copyButton('the JWK Set', () => jwks.value),
      forget,
    ),
    field('Client id', clientId),
    field('Scope', scope),
  );
  shown.prepend(start);
  display(undefined);
  // A browser that keeps nothing, as some do in private windows, has nothing to show.
  keptKey().then(display, () => undefined);
  return { label: 'With a key made here', form: shown, forget: () => undefined };
}

export function withToken({ tokenPath, signIn }) {
  const token = area({ id: 'sign-in-token' });
  const way = async () => {
    const pasted = token.value;
    token.value = '';
    return inspect(pasted);
  };
  const hint = `${tokenPath ? '' : 'SMART discovery says where to get one. '}Kept until this page is closed or reloaded.`;
  const shown = form(
    'sign-in-with-token',
    'Use this token',
    () => signIn(way, false),
    field('Access token', token, hint),
  );
  return { label: 'With a token', form: shown, forget: () => undefined };
}
