import type { Given } from './truth';

type Json = Readonly<Record<string, unknown>>;
type Truth = boolean | undefined;

/** What is known of one patient at an instant. */
export interface Known {
  readonly patient: Json;
  readonly conditions: readonly Json[];
  readonly encounters: readonly Json[];
  readonly careTeams: readonly Json[];
}

/** Everybody's record as it stood at an instant, out of the lines that a test loaded. */
export function recordsAt(
  input: readonly Given[],
  loadedAt: number,
  at: number,
): ReadonlyMap<string, Known> {
  const visible = input
    .map(({ type, id, line }) => ({ type, id, json: JSON.parse(line) as Json }))
    .filter(({ json }) => {
      const { lastUpdated } = (json['meta'] ?? {}) as { lastUpdated?: string };
      // What has no time of its own was stored when it was loaded.
      return (lastUpdated === undefined ? loadedAt : Date.parse(lastUpdated)) <= at;
    });
  const of = (type: string, id: string): readonly Json[] =>
    visible
      .filter(
        (one) => one.type === type && valueAt(one.json, 'subject', 'reference') === `Patient/${id}`,
      )
      .map(({ json }) => json);
  return new Map(
    visible
      .filter(({ type }) => type === 'Patient')
      .map(({ id, json }) => [
        id,
        {
          patient: json,
          conditions: of('Condition', id),
          encounters: of('Encounter', id),
          careTeams: of('CareTeam', id),
        },
      ]),
  );
}

/** Ids of the patients for whom criteria are true, worked out without SQL. */
export function membersOf(
  criteria: Json,
  records: ReadonlyMap<string, Known>,
  at: number,
  rolesOf: (practitioner: string) => readonly string[],
): readonly string[] {
  return [...records]
    .filter(([, known]) => truth(criteria, known, { at, rolesOf }) === true)
    .map(([id]) => id)
    .sort();
}

interface Context {
  readonly at: number;
  readonly rolesOf: (practitioner: string) => readonly string[];
}

function truth(criteria: Json, known: Known, context: Context): Truth {
  const [[kind, value] = ['', undefined]] = Object.entries(criteria);
  const parts = (): readonly Truth[] =>
    (value as readonly Json[]).map((one) => truth(one, known, context));
  switch (kind) {
    case 'and':
      return parts().includes(false) ? false : parts().includes(undefined) ? undefined : true;
    case 'or':
      return parts().includes(true) ? true : parts().includes(undefined) ? undefined : false;
    case 'not': {
      const inner = truth(value as Json, known, context);
      return inner === undefined ? undefined : !inner;
    }
    case 'everyone':
      return true;
    default:
      return FACTS[kind]?.(value as never, known, context);
  }
}

const FACTS: Readonly<Record<string, (value: never, known: Known, context: Context) => Truth>> = {
  gender: (value: string | readonly string[], { patient }) => {
    const gender = patient['gender'] as string | undefined;
    return gender === undefined ? undefined : [value].flat().includes(gender);
  },
  deceased: (value: boolean, { patient }) =>
    (patient['deceasedDateTime'] !== undefined || patient['deceasedBoolean'] === true) === value,
  age: ({ min = 0, max = 1000 }: { min?: number; max?: number }, { patient }, { at }) => {
    const born = String(patient['birthDate']);
    if (!/^\d{4}-\d{2}-\d{2}$/.test(born)) return undefined;
    const today = new Date(at).toISOString().slice(0, 10);
    const birthdayToCome = today.slice(5) < born.slice(5);
    const age = Number(today.slice(0, 4)) - Number(born.slice(0, 4)) - (birthdayToCome ? 1 : 0);
    return age >= min && age <= max;
  },
  condition: (
    { code, clinicalStatus }: { code: string | readonly string[]; clinicalStatus?: string },
    { conditions },
  ) =>
    conditions.some((one) => {
      const coded = codings(one['code']).some((coding) =>
        [code].flat().includes(`${String(coding['system'])}|${String(coding['code'])}`),
      );
      const status = codings(one['clinicalStatus']).map((coding) => coding['code']);
      return coded && (clinicalStatus === undefined || status.includes(clinicalStatus));
    }),
  encounter: (
    { since, withinDays }: { since?: string; withinDays?: number },
    { encounters },
    { at },
  ) => {
    const from = since === undefined ? at - (withinDays ?? 0) * 86_400_000 : Date.parse(since);
    return encounters.some((one) => {
      const start = Date.parse(String(valueAt(one, 'period', 'start')));
      return start >= from && start <= at;
    });
  },
  practitioner: (
    { reference, as }: { reference: string; as?: string | readonly string[] },
    { patient, encounters, careTeams },
    { rolesOf },
  ) => {
    const ties = [as ?? ['encounter', 'general-practitioner', 'care-team']].flat();
    const names = [reference, ...rolesOf(reference)];
    const seen = [
      ...(ties.includes('general-practitioner') ? list(patient['generalPractitioner']) : []),
      ...(ties.includes('encounter') ? encounters : []).flatMap((one) =>
        list(one['participant']).map((participant) => participant['individual'] as Json),
      ),
      ...(ties.includes('care-team') ? careTeams : []).flatMap((one) =>
        list(one['participant']).map((participant) => participant['member'] as Json),
      ),
    ];
    return seen.some((one) => names.includes(String(one['reference'])));
  },
};

function codings(concept: unknown): readonly Json[] {
  return list((concept as Json | undefined)?.['coding']);
}

function list(value: unknown): readonly Json[] {
  return (value ?? []) as readonly Json[];
}

function valueAt(json: Json, first: string, second: string): unknown {
  return (json[first] as Json | undefined)?.[second];
}
