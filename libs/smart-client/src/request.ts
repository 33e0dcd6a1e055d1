/** The server answered, but not as hoped. The message says what, where and why. */
export class BulkRequestError extends Error {
  /** For logs: says nothing of what was asked for. */
  readonly code: string;

  constructor(
    /** Method and URL. */
    readonly request: string,
    readonly status: number,
    /** What the server says: diagnostics of its OperationOutcome, or its OAuth error. */
    readonly diagnostics: readonly string[],
  ) {
    super(`${request}: ${status}${diagnostics.length > 0 ? `, ${diagnostics.join(' ')}` : ''}`);
    this.name = 'BulkRequestError';
    this.code = `HTTP ${status}`;
  }
}

/** As the global fetch. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/** A request of fetch; one that gets no answer at all fails with an Error that says why. */
export async function send(
  url: string,
  init: RequestInit = {},
  by: Fetch = fetch,
): Promise<Response> {
  try {
    return await by(url, init);
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    // fetch says no more than "fetch failed"; the cause knows.
    const { cause, message } = error as Error & { cause?: { readonly message?: string } };
    const why = cause?.message ?? message;
    throw new Error(`${describe(url, init)}: no answer (${why}).`, { cause: error });
  }
}

/** @throws BulkRequestError, having read the body, when the status is another */
export async function expectStatus(
  response: Response,
  status: number,
  request: { readonly url: string; readonly init?: RequestInit },
): Promise<Response> {
  if (response.status === status) return response;
  const text = await response.text();
  throw new BulkRequestError(
    describe(request.url, request.init),
    response.status,
    diagnosticsOf(text),
  );
}

function describe(url: string, init: RequestInit = {}): string {
  return `${init.method ?? 'GET'} ${url}`;
}

interface AnyError {
  readonly issue?: readonly {
    readonly diagnostics?: string;
    readonly details?: { readonly text?: string };
    readonly code?: string;
  }[];
  readonly error?: string;
  readonly error_description?: string;
}

function diagnosticsOf(text: string): readonly string[] {
  const body = parse(text);
  if (body === undefined) return text === '' ? [] : [text.slice(0, 200)];
  const { issue = [], error, error_description: description } = body;
  const issues = issue.map(
    ({ diagnostics, details, code }) => diagnostics ?? details?.text ?? code,
  );
  return [...issues, description ?? error].filter((entry) => entry !== undefined);
}

function parse(text: string): AnyError | undefined {
  try {
    const body: unknown = JSON.parse(text);
    // Members are read as they come: an error body is shown, nothing depends on it.
    return typeof body === 'object' && body !== null ? body : undefined;
  } catch {
    return undefined;
  }
}
