import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Kept {
  readonly type: string;
  readonly id: string;
  readonly text: string;
  /** By the server's clock. */
  readonly at: number;
}

/** What an export of it gives besides its resources. */
interface Extra {
  readonly lines?: readonly (string | Buffer)[];
  readonly errors?: readonly string[];
  readonly members?: object;
}

type Answer = (response: ServerResponse, url: URL) => void;

/**
 * A FHIR server as small as can be: resources by type and id in memory, searches by _lastUpdated in pages
 * that are counted from the first, and exports. It does what a test tells it to do wrong.
 */
export class SmallFhirServer {
  /** Milliseconds by which its clock is ahead of ours. */
  ahead = 0;
  /** What it was asked for, below its base. */
  readonly asked: string[] = [];
  /** Before a request is answered as it should be; undefined: it is. */
  instead: (path: string) => Answer | undefined = () => undefined;
  extra: Extra = {};
  private readonly resources = new Map<string, Kept>();
  private readonly gone: { readonly type: string; readonly id: string; readonly at: number }[] = [];
  private readonly exports: { since: number; at: number; lines: readonly string[] }[] = [];
  private server: Server | undefined;
  private port = 0;

  static async start(): Promise<SmallFhirServer> {
    const small = new SmallFhirServer();
    await small.comeBack();
    return small;
  }

  get base(): string {
    return `http://127.0.0.1:${this.port}/fhir`;
  }

  get now(): Date {
    return new Date(Date.now() + this.ahead);
  }

  /** On the same port as before. */
  async comeBack(): Promise<void> {
    const server = createServer((request, response) => {
      this.answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.server = server;
    this.port = (server.address() as AddressInfo).port; // it listens on TCP
  }

  async goAway(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    server?.closeAllConnections();
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  /** @param rest members of the resource, as JSON text that begins with a comma */
  put(type: string, id: string, rest = ''): void {
    const at = this.now.getTime();
    const meta = `"meta":{"lastUpdated":"${new Date(at).toISOString()}"}`;
    const text = `{"resourceType":"${type}","id":"${id}",${meta}${rest}}`;
    this.resources.set(`${type}/${id}`, { type, id, text, at });
  }

  remove(type: string, id: string): void {
    this.resources.delete(`${type}/${id}`);
    this.gone.push({ type, id, at: this.now.getTime() });
  }

  askedFor(pattern: RegExp): readonly string[] {
    return this.asked.filter((path) => pattern.test(path));
  }

  private answer({ url = '' }: IncomingMessage, response: ServerResponse): void {
    const place = new URL(url, this.base);
    const path = `${place.pathname}${place.search}`.replace('/fhir/', '');
    this.asked.push(path);
    response.setHeader('Date', this.now.toUTCString());
    const answer = this.instead(path) ?? this.answerTo(place.pathname.replace('/fhir/', ''));
    answer(response, place);
  }

  private answerTo(path: string): Answer {
    const [, job, file] = /^job\/(\d+)(?:\/(\w+))?$/.exec(path) ?? [];
    const resource = this.resources.get(path);
    return (response, url) => {
      if (path === 'metadata') json(response, this.statement());
      else if (path.endsWith('$export')) this.begin(response, url);
      else if (job !== undefined) this.ofExport(response, Number(job), file);
      else if (resource) response.end(resource.text);
      else if (path.includes('/')) status(404)(response);
      else this.search(response, path, url.searchParams);
    };
  }

  private statement(): object {
    const types = [...new Set([...this.resources.values()].map(({ type }) => type))];
    const interaction = [{ code: 'read' }, { code: 'search-type' }];
    const resource = types.map((type) => ({ type, interaction }));
    return { resourceType: 'CapabilityStatement', rest: [{ mode: 'server', resource }] };
  }

  private search(response: ServerResponse, type: string, asked: URLSearchParams): void {
    const since = Date.parse(asked.get('_lastUpdated')?.replace('ge', '') ?? '1970-01-01');
    const [count, offset] = [Number(asked.get('_count')), Number(asked.get('offset'))];
    const direction = asked.get('_sort') === '-_lastUpdated' ? -1 : 1;
    const found = [...this.resources.values()]
      .filter((one) => one.type === type && one.at >= since)
      .sort((one, other) => direction * (one.at - other.at));
    const page = found.slice(offset, offset + count);
    asked.set('offset', String(offset + count));
    const next = `{"relation":"next","url":"${this.base}/${type}?${asked.toString()}"}`;
    const entries = page.map(({ text }) => `{"resource": ${text}}`);
    response.end(`{"resourceType": "Bundle", "type": "searchset",
      "link": [${found.length > offset + count ? next : ''}], "entry": [${entries.join(',\n')}]}`);
  }

  private begin(response: ServerResponse, { searchParams }: URL): void {
    const since = Date.parse(searchParams.get('_since') ?? '1970-01-01');
    const changed = [...this.resources.values()].filter(({ at }) => at > since);
    this.exports.push({ since, at: this.now.getTime(), lines: changed.map(({ text }) => text) });
    const place = `${this.base}/job/${this.exports.length - 1}`;
    response.writeHead(202, { 'Content-Location': place }).end();
  }

  private ofExport(response: ServerResponse, job: number, file: string | undefined): void {
    const found = this.exports[job];
    if (!found) status(404)(response);
    else if (file === 'output') sendLines(response, [...found.lines, ...(this.extra.lines ?? [])]);
    else if (file === 'error') sendLines(response, this.extra.errors ?? []);
    else if (file === 'deleted') sendLines(response, this.deletions(found.since));
    else json(response, this.manifest(job, found.at));
  }

  private manifest(job: number, at: number): object {
    const place = (name: string): object => ({
      type: 'Bundle',
      url: `${this.base}/job/${job}/${name}`,
    });
    return {
      transactionTime: new Date(at).toISOString(),
      ...{ request: `${this.base}/$export`, requiresAccessToken: true },
      ...{ output: [place('output')], deleted: [place('deleted')] },
      error: this.extra.errors ? [place('error')] : [],
      ...this.extra.members,
    };
  }

  private deletions(since: number): readonly string[] {
    return this.gone
      .filter(({ at }) => at > since)
      .map(({ type, id }) =>
        JSON.stringify({
          ...{ resourceType: 'Bundle', type: 'transaction' },
          entry: [{ request: { method: 'DELETE', url: `${type}/${id}` } }],
        }),
      );
  }
}

export function status(
  code: number,
  headers: Record<string, string> = {},
): (response: ServerResponse) => void {
  return (response) => response.writeHead(code, headers).end();
}

function json(response: ServerResponse, body: object): void {
  response.end(JSON.stringify(body));
}

function sendLines(response: ServerResponse, lines: readonly (string | Buffer)[]): void {
  for (const line of lines) response.write(Buffer.concat([Buffer.from(line), Buffer.from('\n')]));
  response.end();
}
