// Asks the service as any client would: kick-off, polls that obey Retry-After, cancelling, files.

const MOST_FAILURES = 5;
const DEFAULT_WAIT_SECONDS = 2;

/** An answer that ends what was tried. Its message is what the OperationOutcome says. */
async function refusal(response) {
  const body = await response.json().catch(() => ({}));
  const texts = (body.issue ?? []).map(
    ({ diagnostics, details, code }) => diagnostics ?? details?.text ?? code,
  );
  const wait = response.headers.get('retry-after');
  const words = [
    `The service answered ${response.status}${texts.length > 0 ? ':' : '.'}`,
    ...texts,
    ...(wait ? [`Try again in ${wait} s.`] : []),
  ];
  return new Error(words.join(' '));
}

/** Addresses that the service hands out have its public name; this page asks by the one that it has itself. */
export function localOf(url, publicBase) {
  const { origin, pathname, search } = new URL(url);
  return origin === new URL(publicBase).origin ? pathname + search : url;
}

/**
 * A client of the service at this page.
 *
 * @param token gives an access token; told true, another one than the last
 */
export function exportClient({ base, publicBase, token }) {
  const local = (url) => localOf(url, publicBase);

  async function send(path, init = {}) {
    const withToken = async (isRefused) =>
      fetch(path, {
        ...init,
        headers: { ...init.headers, Authorization: `Bearer ${await token(isRefused)}` },
      });
    const response = await withToken(false);
    return response.status === 401 ? withToken(true) : response;
  }

  async function expect(status, path, init) {
    const response = await send(path, init);
    if (response.status !== status) throw await refusal(response);
    return response;
  }

  /** @returns the path of its status */
  async function kickOff(path, headers) {
    const response = await expect(202, `${base}/${path}`, { headers });
    return local(response.headers.get('content-location'));
  }

  /** Polls until there is a manifest. `onProgress` is told { text, percent, seconds }. */
  async function manifest(status, { signal, onProgress }) {
    let failures = 0;
    for (;;) {
      const response = await send(status, {
        signal,
        headers: { Accept: 'application/json' },
      }).catch((error) => {
        failures += 1;
        if (signal.aborted || failures >= MOST_FAILURES) throw error;
      });
      if (response?.status === 200) return await response.json();
      if (response && ![202, 429, 503].includes(response.status)) throw await refusal(response);
      if (response) failures = 0;
      await pause(response, { signal, onProgress });
    }
  }

  /** The groups that may be exported: { id, name }, or undefined when they cannot be read or are too many. */
  async function groups() {
    const found = [];
    let next = `${base}/Group?_elements=name&_count=100`;
    while (next && found.length < 1000) {
      const response = await send(next, { headers: { Accept: 'application/fhir+json' } });
      if (!response.ok) return undefined;
      const { entry = [], link = [] } = await response.json();
      found.push(...entry.map(({ resource }) => ({ id: resource.id, name: resource.name })));
      const url = link.find(({ relation }) => relation === 'next')?.url;
      next = url && local(url);
    }
    return next ? undefined : found;
  }

  const remove = (status) => expect(202, status, { method: 'DELETE' });
  const file = (url) => expect(200, local(url), { headers: { Accept: 'application/fhir+ndjson' } });

  return { kickOff, manifest, groups, remove, file };
}

/** Waits as long as the service wants to be left alone, and says so every second. */
async function pause(response, { signal, onProgress }) {
  const progress = response?.headers.get('x-progress') ?? undefined;
  const percent = /(\d+)\s*%/.exec(progress ?? '')?.[1];
  const known = progress ? `In progress: ${progress}` : 'The service is busy';
  const text = response ? known : 'No answer';
  const wait = Number(response?.headers.get('retry-after') ?? DEFAULT_WAIT_SECONDS);
  for (let seconds = wait; seconds > 0; seconds -= 1) {
    signal.throwIfAborted();
    onProgress({ text, percent, seconds });
    await new Promise((resolve) => {
      setTimeout(resolve, 1000);
    });
  }
  signal.throwIfAborted();
}
