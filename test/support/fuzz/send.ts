import { once } from 'node:events';
import http, { type IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** A request as it goes over the wire. */
export interface Asked {
  readonly method: string;
  /** With its query, encoded as it is to be sent. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As it came over the wire. */
  readonly body: Buffer;
}

/** Far beyond what any answer takes: an answer that comes later is a hang. */
const TIMEOUT_MILLISECONDS = 20_000;

/** Sends requests one after the other over few connections, as a client that never tires. */
export interface Sender {
  (asked: Asked): Promise<Answer>;
  close(): void;
}

/** @param origin such as http://127.0.0.1:3000 */
export function newSender(origin: string): Sender {
  const agent = new http.Agent({ keepAlive: true });
  const { hostname, port } = new URL(origin);
  const attempt = async (asked: Asked, by: http.Agent | false): Promise<Answer | 'closed'> => {
    const { method, path, headers, body } = asked;
    const signal = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
    const request = http.request({ hostname, port, agent: by, method, path, headers, signal });
    request.end(body);
    try {
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      const content = await buffer(response);
      return { status: response.statusCode ?? 0, headers: response.headers, body: content };
    } catch (error) {
      // A server may close a connection that it has answered on; not a new one.
      if (by !== false && request.reusedSocket && isReset(error)) return 'closed';
      throw error;
    }
  };
  const send = async (asked: Asked): Promise<Answer> => {
    for (const by of [agent, false] as const) {
      const answer = await attempt(asked, by);
      if (answer !== 'closed') return answer;
    }
    throw new Error('The connection was closed without an answer.');
  };
  return Object.assign(send, {
    close: () => {
      agent.destroy();
    },
  });
}

function isReset(error: unknown): boolean {
  return ['ECONNRESET', 'EPIPE'].includes(String((error as { readonly code?: unknown }).code));
}

/** The answer as JSON. */
export function jsonOf({ body }: Answer): unknown {
  return JSON.parse(body.toString());
}
