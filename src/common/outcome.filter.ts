import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  Logger,
  NotFoundException,
} from '@nestjs/common';
import type { Request, Response } from 'express';

import { operationOutcome, type OutcomeIssue } from '@app/fhir';

import { breakOff } from './break-off';
import { CODE_OF_STATUS } from './code-of-status';
import { errorFacts } from './error-facts';
import { FhirError } from './fhir.error';
import { type AskingRequest, outcomeMediaType } from './negotiation';
import { resourcePageOf } from './resource-page';
import { sendFhir } from './send-fhir';
import { isTransientFailure } from './transient-failure';
import { RETRY_SOON, UNAVAILABLE_NOW } from './unavailable';

/** pino-http gives every request its id; a failure before it has none. */
type TracedRequest = AskingRequest &
  Pick<Request, 'method' | 'path' | 'baseUrl'> & { readonly id?: string };

const OF_THE_ANSWER = ['ETag', 'Last-Modified', 'Content-Disposition', 'Content-Encoding'];

interface Failure {
  readonly status: number;
  readonly issue: OutcomeIssue;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Turns every failure into an OperationOutcome (KR-04, KR-07): the only place where errors meet
 * HTTP. What is not meant for callers becomes a 500 that says nothing but the request's id.
 */
@Catch()
export class OutcomeFilter implements ExceptionFilter {
  private readonly logger = new Logger(OutcomeFilter.name);

  /** @param allowedMethods the methods that some route answers at a path: what makes a 404 a 405 */
  constructor(
    private readonly allowedMethods: (path: string) => readonly string[],
    private readonly site: { readonly publicUrl: string; readonly fhirBase: string },
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const request = host.switchToHttp().getRequest<TracedRequest>();
    const failure = this.toFailure(unwrapped(error), request);
    if (response.headersSent) {
      // A download broke off: the only truthful answer left is a connection that ends early.
      breakOff(response);
      return;
    }
    // They tell of the answer that was not given.
    for (const name of OF_THE_ANSWER) response.removeHeader(name);
    response.status(failure.status).set(failure.headers).set('Cache-Control', 'no-store');
    const mediaType = resourcePageOf(response) ? 'application/json' : outcomeMediaType(request);
    sendFhir(response, operationOutcome(this.located(failure.issue)), mediaType);
  }

  private toFailure(error: unknown, request: TracedRequest): Failure {
    if (error instanceof FhirError) {
      const { status, code, message, expression, headers } = error;
      return {
        status,
        headers,
        issue: { severity: 'error', code, diagnostics: message, expression },
      };
    }
    if (error instanceof NotFoundException) return this.noRoute(request);
    const status = httpStatus(error);
    if (status !== undefined && status < 500)
      return { status, headers: {}, issue: ownIssue(status) };
    this.logger.error({ err: errorFacts(error) }, 'request failed');
    if (isTransientFailure(error)) return UNAVAILABLE;
    const diagnostics = `The server failed to answer. Quote request id ${request.id ?? 'unknown'} to its operator.`;
    return {
      status: 500,
      headers: {},
      issue: { severity: 'fatal', code: 'exception', diagnostics },
    };
  }

  /** The router found no route: either there is nothing at the path, or not for this method. */
  private noRoute(request: TracedRequest): Failure {
    // The router cuts the prefix off `path` on its way to the end of the line.
    const methods = this.allowedMethods(`${request.baseUrl}${request.path}`);
    if (methods.length === 0) return this.nothingHere();
    const allow = methods.join(', ');
    const diagnostics = `${request.method} is not supported at this address; use ${allow}.`;
    const issue: OutcomeIssue = { severity: 'error', code: 'not-supported', diagnostics };
    return { status: 405, headers: { Allow: allow }, issue };
  }

  /** Messages write `[base]/…`, for where they are made nobody knows the address. */
  private located({ diagnostics, ...issue }: OutcomeIssue): OutcomeIssue {
    return { ...issue, diagnostics: diagnostics?.replaceAll('[base]/', `${this.site.fhirBase}/`) };
  }

  private nothingHere(): Failure {
    const { fhirBase, publicUrl } = this.site;
    const diagnostics = `There is nothing at this address. The FHIR base is ${fhirBase}: [base]/metadata lists what is there, ${publicUrl}/docs describes it.`;
    return {
      status: 404,
      headers: {},
      issue: { severity: 'error', code: 'not-found', diagnostics },
    };
  }
}

/** Nest wraps what a middleware throws while a body is read. */
function unwrapped(error: unknown): unknown {
  return error instanceof HttpException && error.cause instanceof FhirError ? error.cause : error;
}

/** ST-12: a code of the transient family, so that nobody takes it for the end of an export. */
const UNAVAILABLE: Failure = {
  status: 503,
  headers: RETRY_SOON,
  issue: { severity: 'error', code: 'transient', diagnostics: UNAVAILABLE_NOW },
};

/** Framework and middleware errors carry a status; their texts may quote the request's body. */
function ownIssue(status: number): OutcomeIssue {
  const diagnostics = OWN_WORDS[status] ?? 'The request cannot be processed.';
  return { severity: 'error', code: CODE_OF_STATUS[status] ?? 'invalid', diagnostics };
}

const OWN_WORDS: Readonly<Record<number, string>> = {
  400: 'The request cannot be read: check its body and its percent-encoding.',
  413: 'The request body is too large.',
  415: 'The media type of the request body is not supported.',
};

function httpStatus(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  if (typeof error !== 'object' || error === null || !('status' in error)) return undefined;
  return typeof error.status === 'number' ? error.status : undefined;
}
