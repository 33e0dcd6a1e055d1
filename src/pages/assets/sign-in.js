// The panel that signs a page in: as the demonstration's app, with a key or with a token.
import { button, element } from './elements.js';
import { tokenSession } from './session.js';
import { withKeyMadeHere, withPrivateKey, withToken } from './sign-in-ways.js';
import { ofDemo } from './token.js';

/**
 * @param discovery path of the SMART configuration
 * @param tokenPath of the token endpoint; undefined where this service leaves tokens to another, which
 *   pages cannot ask
 * @param demo path that gives a token of the demonstration's app, or empty
 * @param onChange told of { token, scope, clientId }, or of undefined when people have signed out
 * @returns { panel, open, token }: the element, what to call when the page is ready, the token to use
 */
export function signInPanel({ discovery, tokenPath, demo, onChange }) {
  const status = element('p', {
    className: 'sign-in-status',
    role: 'status',
    id: 'sign-in-status',
  });

  /** Apart from the status, which is read out whenever it changes. */
  const left = element('p', { className: 'hint', id: 'sign-in-left', hidden: true });

  function show(message, kind = '') {
    status.textContent = message;
    status.dataset.kind = kind;
    left.hidden = true;
  }

  function count(message) {
    left.textContent = message;
    left.hidden = false;
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

  const session = tokenSession({
    show,
    count,
    onChange: (signedIn) => {
      renew.hidden = !session.canRenew();
      signOut.hidden = signedIn === undefined;
      onChange(signedIn);
    },
  });

  const signIn = (way, isLasting) =>
    attempt(async () => {
      await session.start(way, isLasting);
      fold();
    });
  const asDemo = () => signIn(() => ofDemo(demo), true);
  const renew = button('New token', { hidden: true }, () => attempt(session.renew));
  const signOut = button('Sign out', { hidden: true, id: 'sign-in-out' }, () => {
    session.end();
    for (const { forget } of ways) forget();
    show('Signed out.');
  });

  const parts = { discovery, tokenPath, signIn, attempt, show };
  const ways = [
    ...(tokenPath ? [withPrivateKey(parts), withKeyMadeHere(parts)] : []),
    withToken(parts),
  ];
  const openers = ways.map(({ label, form }) =>
    button(label, { ariaExpanded: 'false' }, ({ currentTarget }) => {
      const isOpen = !form.hidden;
      fold();
      if (isOpen) return;
      form.hidden = false;
      currentTarget.ariaExpanded = 'true';
    }),
  );

  function fold() {
    for (const { form } of ways) form.hidden = true;
    for (const opener of openers) opener.ariaExpanded = 'false';
  }

  const demoButton = button(
    'Sign in as the demo’s app',
    { className: 'button button-main', id: 'sign-in-as-demo' },
    asDemo,
  );
  const panel = element(
    'section',
    { id: 'sign-in', className: 'sign-in', ariaLabel: 'Sign in' },
    element(
      'div',
      { className: 'sign-in-bar' },
      element('h2', {}, 'Sign in'),
      ...(demo ? [demoButton] : []),
      ...openers,
      renew,
      signOut,
    ),
    status,
    left,
    ...ways.map(({ form }) => form),
  );

  /** To be called when the page is ready; the start page may have asked to sign in. */
  function open() {
    if (!demo || new URLSearchParams(location.search).get('sign-in') !== 'demo') return;
    // Another load of the page is another decision.
    history.replaceState(null, '', location.pathname + location.hash);
    void asDemo();
  }

  return { panel, open, token: session.token };
}
