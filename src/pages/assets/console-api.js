/** Asks the operators' API as whoever is signed in. The cookie of the session is the browser's alone. */
export const root = document.getElementById('console').dataset.root;

/** Told when an answer says that the session has ended. */
export const session = { onEnd: () => undefined };

/** @throws Error with words for people */
export async function call(method, path, body) {
  const response = await fetch(`${root}/admin/${path}`, {
    method,
    headers: {
      Accept: 'application/json',
      'X-Requested-With': 'console',
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  }).catch(() => {
    throw new Error('The service cannot be reached. Try again.');
  });
  const answer = await response.json().catch(() => undefined);
  if (response.ok) return answer;
  if (response.status === 401 && !(method === 'POST' && path === 'session')) session.onEnd();
  throw Object.assign(new Error(wordsOf(answer, response.status)), { status: response.status });
}

function wordsOf(answer, status) {
  const words = answer?.issue?.map(({ diagnostics }) => diagnostics).join(' ');
  return words || `The service answered ${status}.`;
}

/** A query string of what is given, with its question mark; empty without. */
export function queryOf(values) {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== '');
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}
