import type { OutcomeIssue } from '@app/fhir';

import { type FhirError, invalidParameter } from '../../../common';

/** A job's error file, and its record, are not there to be filled by whoever likes. */
const MAX_IGNORED = 100;
const MAX_DIAGNOSTICS = 2_000;

/**
 * What becomes of a parameter, or of one of its values, that cannot be honoured: it is refused (UN-01),
 * or, where the client prefers `handling=lenient`, ignored and told of in the error file (UN-02, UN-03).
 * Only what does not widen the export by being ignored may be brought here.
 */
export class LenientHandling {
  private readonly byParameter: Map<string, OutcomeIssue>;

  /** @param ignored so far */
  constructor(
    readonly granted: boolean,
    ignored: readonly OutcomeIssue[] = [],
  ) {
    this.byParameter = new Map(ignored.map((issue) => [parameterOf(issue), issue]));
  }

  /** @throws FhirError `error` itself unless it may be ignored */
  refuseOrIgnore(error: FhirError): void {
    if (!this.granted) throw error;
    const parameter = parameterOf(error);
    const earlier = this.byParameter.get(parameter);
    if (!earlier && this.byParameter.size >= MAX_IGNORED) throw tooMany();
    this.byParameter.set(parameter, earlier ? withFault(earlier, error) : toWarning(error));
  }

  /** One for each parameter, whatever it had wrong. */
  get ignored(): readonly OutcomeIssue[] {
    return [...this.byParameter.values()];
  }
}

function parameterOf({ expression }: Pick<OutcomeIssue, 'expression'>): string {
  return expression?.join() ?? '';
}

function withFault(issue: OutcomeIssue, { message }: FhirError): OutcomeIssue {
  const { diagnostics = '' } = issue;
  const known = diagnostics.includes(message) || diagnostics.length > MAX_DIAGNOSTICS;
  return known ? issue : { ...issue, diagnostics: `${diagnostics} ${message}` };
}

function toWarning({ code, message, expression }: FhirError): OutcomeIssue {
  const diagnostics = `Ignored, as the request allowed by handling=lenient. ${message}`;
  return { severity: 'warning', code, diagnostics, expression };
}

function tooMany(): FhirError {
  return invalidParameter(
    'Prefer',
    `More than ${MAX_IGNORED} parameters cannot be honoured, which is too many to ignore.`,
    'too-long',
  );
}
