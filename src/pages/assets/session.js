// The access token of a page: how long it lasts, and how to get the next one.

const MARGIN_MS = 20_000;

/** @param show says to people how things are: show(text, kind); count, how long the token lasts */
export function tokenSession({ show, count, onChange }) {
  let current;
  /** Gets a token in the way of the last time; undefined when there is no way. */
  let again;
  let clock;

  /** Gets a token by `way`: { token, clientId, scope, expiresAt }. `isLasting`: it can get another one. */
  async function start(way, isLasting) {
    current = await way();
    again = isLasting ? way : undefined;
    watch();
    onChange(current);
  }

  /** A token that the server takes for some seconds yet; `isRefused`: it did not take the last one. */
  async function token(isRefused = false) {
    if (!current) throw new Error('Sign in first.');
    const isOver = current.expiresAt - MARGIN_MS < Date.now();
    if (again && (isOver || isRefused)) await start(again, true);
    return current.token;
  }

  function end() {
    clearInterval(clock);
    current = undefined;
    again = undefined;
    onChange(undefined);
  }

  function watch() {
    clearInterval(clock);
    const { expiresAt, scope, clientId } = current;
    const details = `${scope ? ` Scope: ${scope}.` : ''}${clientId ? ` App: ${clientId}.` : ''}`;
    if (expiresAt === undefined) {
      show(`Signed in.${details}`, 'good');
      return;
    }
    show(`Signed in until ${new Date(expiresAt).toLocaleTimeString()}.${details}`, 'good');
    clock = setInterval(tick, 1000);
    tick();
  }

  function tick() {
    const { expiresAt } = current;
    count(`${remaining(expiresAt)} to go.`);
    if (Date.now() < expiresAt) return;
    clearInterval(clock);
    show('The token has expired. Get a new one to go on.', 'bad');
  }

  return {
    start,
    token,
    end,
    renew: () => start(again, true),
    canRenew: () => again !== undefined,
  };
}

function remaining(expiresAt) {
  const seconds = Math.max(0, Math.round((expiresAt - Date.now()) / 1000));
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}
