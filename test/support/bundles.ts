import type { Response } from 'supertest';

/** An entry of a transaction or batch, as interface engines send it. */
export interface SentEntry {
  readonly fullUrl?: string;
  readonly request: Readonly<Record<string, string>>;
  readonly resource?: object;
}

/** What is told of them. */
export interface BundleAnswer {
  readonly type: string;
  readonly entry: readonly {
    readonly resource?: object;
    readonly response: {
      readonly status: string;
      readonly location?: string;
      readonly etag?: string;
      readonly outcome?: { readonly issue: readonly { readonly expression?: readonly string[] }[] };
    };
  }[];
}

export const putting = (
  type: string,
  id: string,
  rest: object = {},
  request: object = {},
): SentEntry => ({
  request: { method: 'PUT', url: `${type}/${id}`, ...request },
  resource: { resourceType: type, id, ...rest },
});

export const posting = (
  type: string,
  fullUrl: string,
  rest: object = {},
  request: object = {},
): SentEntry => ({
  fullUrl,
  request: { method: 'POST', url: type, ...request },
  resource: { resourceType: type, ...rest },
});

export const deleting = (type: string, id: string): SentEntry => ({
  request: { method: 'DELETE', url: `${type}/${id}` },
});

/** Of each entry of an answer. */
export const statusesOf = ({ body }: Response): readonly string[] =>
  (body as BundleAnswer).entry.map(({ response }) => response.status);

/** Of the resource that an entry is about. */
export const idOf = ({ body }: Response, index: number): string =>
  (body as BundleAnswer).entry[index]?.response.location?.split('/').at(-3) ?? '';

/** What a refusal is about. */
export const expressionOf = ({ body }: Response): string | undefined =>
  (body as { issue: [{ expression?: readonly string[] }] }).issue[0].expression?.[0];

export const bundleOf = (type: string, entry: readonly SentEntry[]): string =>
  JSON.stringify({ resourceType: 'Bundle', type, entry });
