import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a request was, with its body read. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Handler = (request: Received, response: ServerResponse) => void;

/** A server on a port of its own that answers as a test says, and remembers what it was asked. */
export class BulkServer {
  readonly received: Received[] = [];
  private readonly handlers = new Map<string, Handler[]>();
  private readonly server = createServer((request, response) => {
    void this.answer(request, response);
  });

  static async start(): Promise<BulkServer> {
    const bulk = new BulkServer();
    await new Promise<void>((resolve) => bulk.server.listen(0, '127.0.0.1', resolve));
    return bulk;
  }

  get fhirBase(): string {
    const { port } = this.server.address() as AddressInfo; // it listens on TCP
    return `http://127.0.0.1:${port}/fhir`;
  }

  /** Answers for `METHOD path`, one after the other; the last one stays. Paths are below the base. */
  on(route: string, ...handlers: Handler[]): void {
    this.handlers.set(route, handlers);
  }

  /** Discovery, and tokens `token-1`, `token-2` … that live for so many seconds. */
  withTokens(lifetime = 300): void {
    const endpoint = `${this.fhirBase}/auth/token`;
    this.on('GET /.well-known/smart-configuration', json(200, { token_endpoint: endpoint }));
    let issued = 0;
    this.on('POST /auth/token', (request, response) => {
      issued += 1;
      json(200, { access_token: `token-${issued}`, expires_in: lifetime })(request, response);
    });
  }

  requests(route: string): readonly Received[] {
    return this.received.filter(({ method, url }) => routeOf(method, url) === route);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    const received = { method, url, headers, body: await textOf(request) };
    this.received.push(received);
    const handlers = this.handlers.get(routeOf(method, url));
    const handler =
      handlers !== undefined && handlers.length > 1 ? handlers.shift() : handlers?.[0];
    (handler ?? status(404))(received, response);
  }
}

export function json(code: number, body: object, headers: Record<string, string> = {}): Handler {
  return (_request, response) => {
    response.writeHead(code, { 'Content-Type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
}

export function status(code: number, headers: Record<string, string> = {}): Handler {
  return (_request, response) => {
    response.writeHead(code, headers).end();
  };
}

function routeOf(method: string, url: string): string {
  return `${method} ${url.replace(/^\/fhir/, '').replace(/\?.*/, '')}`;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer); // no encoding is set
  return Buffer.concat(chunks).toString('utf8');
}
