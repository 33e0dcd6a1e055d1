import { shown } from '@app/fhir';

import { type FhirError, invalidParameter, REQUEST_LIMITS } from '../common';

/** @throws FhirError 400 that names the first place in a body that holds too much */
export function requireWithinLimits(body: unknown): void {
  new Inspection().visit(body);
}

class Inspection {
  /** Names and indexes that lead to the value at hand. */
  private readonly path: (string | number)[] = [];
  private values = 0;

  visit(value: unknown): void {
    this.values += 1;
    if (this.values > REQUEST_LIMITS.values) throw refusal([], `${REQUEST_LIMITS.values} values`);
    if (typeof value !== 'object' || value === null) return;
    if (this.path.length > REQUEST_LIMITS.levels) {
      throw refusal(this.path, `${REQUEST_LIMITS.levels} levels`);
    }
    if (Array.isArray(value)) this.checkLength(value);
    for (const [name, member] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
      this.path.push(name);
      this.visit(member);
      this.path.pop();
    }
  }

  private checkLength({ length }: readonly unknown[]): void {
    const most = entriesOf(this.path.at(-1));
    if (length > most) throw refusal(this.path, `${most} entries`);
  }
}

function entriesOf(name: string | number | undefined): number {
  const known = new Map<string | number | undefined, number>(
    Object.entries(REQUEST_LIMITS.entriesOf),
  );
  return known.get(name) ?? REQUEST_LIMITS.entries;
}

function refusal(path: readonly (string | number)[], limit: string): FhirError {
  const place = path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : `${text}.${step}`),
    '',
  );
  const named = shown(place.slice(1), 200);
  const where = named === '' ? 'The body' : named;
  return invalidParameter(
    named === '' ? 'body' : named,
    `${where} may have ${limit} at most.`,
    'too-long',
  );
}
