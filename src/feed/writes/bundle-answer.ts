import { STATUS_CODES } from 'node:http';

import { operationOutcome } from '@app/fhir';

import type { FhirError } from '../../common';
import { entryFault } from './entry-fault';
import type { WriteResult } from './resource-write';
import { outcomeOf } from './write-answer';

/** How the entries of an answer are spelled. */
export interface EntryTerms {
  readonly fhirBase: string;
  readonly wantsOutcome: boolean;
}

/** An entry of an answer: FHIR's elements, and the resource as it is stored if it was asked for. */
export interface AnswerEntry {
  readonly response: object;
  readonly content: string | undefined;
}

/** @throws FhirError 412 or 422 for the first entry that could not be written */
export function requireWritten(numbers: readonly number[], results: readonly WriteResult[]): void {
  for (const [index, result] of results.entries()) {
    const number = numbers[index] ?? index + 1;
    if (result.kind === 'unexpected') throw notExpected(number, result.version);
    if (result.kind === 'rejected') throw notTaken(number, result.reason);
  }
}

/** What is told of an entry that was written. */
export function writtenEntry(result: WriteResult, terms: EntryTerms): AnswerEntry {
  if (result.kind !== 'stored')
    return { response: { status: statusText(204) }, content: undefined };
  const { stored, isNew } = result;
  const { key, version, lastUpdated, content } = stored;
  return {
    response: {
      status: statusText(isNew ? 201 : 200),
      location: `${terms.fhirBase}/${key}/_history/${version}`,
      etag: `W/"${version}"`,
      lastModified: lastUpdated.toISOString(),
      ...(terms.wantsOutcome && { outcome: outcomeOf(isNew) }),
    },
    content,
  };
}

/** What is told of an entry of a batch that was refused. */
export function refusedEntry({ message, status, code, expression }: FhirError): AnswerEntry {
  const issue = { severity: 'error', code, diagnostics: message } as const;
  const outcome = operationOutcome({ ...issue, ...(expression && { expression }) });
  return { response: { status: statusText(status), outcome }, content: undefined };
}

/** The Bundle of the answer. Stored texts go into it to the letter. */
export function answerText(type: 'transaction' | 'batch', entries: readonly AnswerEntry[]): string {
  const texts = entries.map(({ response, content }) => {
    const resource = content === undefined ? '' : `"resource":${content},`;
    return `{${resource}"response":${JSON.stringify(response)}}`;
  });
  return `{"resourceType":"Bundle","type":"${type}-response","entry":[${texts.join(',')}]}`;
}

function statusText(status: number): string {
  return `${status} ${STATUS_CODES[status] ?? ''}`.trim();
}

function notExpected(number: number, version: string | undefined): FhirError {
  const found = version === undefined ? 'no such resource' : `version ${version}`;
  return entryFault(number, `There is ${found}, not what its condition expects.`, {
    ...{ status: 412, code: 'conflict', element: 'request' },
  });
}

function notTaken(number: number, reason: string): FhirError {
  return entryFault(number, `The resource cannot be stored: ${reason.replace(/\.$/, '')}.`, {
    ...{ status: 422, code: 'processing', element: 'resource' },
  });
}
