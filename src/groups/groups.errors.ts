/** A group of this id exists. */
export class GroupExistsError extends Error {
  readonly code = 'group-exists';

  constructor(readonly groupId: string) {
    super(`There is a group ${groupId} already; add to it, or delete it first.`);
    this.name = 'GroupExistsError';
  }
}

/** No group of this id exists. */
export class GroupNotFoundError extends Error {
  readonly code = 'group-not-found';

  constructor(readonly groupId: string) {
    super(`There is no group ${groupId}.`);
    this.name = 'GroupNotFoundError';
  }
}

const ADVICE: Readonly<Record<string, string>> = {
  segment: 'is a segment: its members follow from its criteria. Change those instead.',
  'patient-list': 'is a patient list: it has members, no criteria. Add or remove those instead.',
  filtered: 'is kept by an app, which alone changes its filters.',
  roster: 'is kept by an app, which alone changes its members.',
};

/** The group has another source than the change is about; nothing was changed. */
export class WrongGroupSourceError extends Error {
  readonly code = 'wrong-group-source';

  constructor(
    readonly groupId: string,
    source: string,
  ) {
    super(`Group ${groupId} ${ADVICE[source] ?? 'is of a kind that this release does not know.'}`);
    this.name = 'WrongGroupSourceError';
  }
}

/** Criteria that are not understood, or would stand for almost everybody. */
export class InvalidCriteriaError extends Error {
  readonly code = 'invalid-criteria';

  /** @param path the place, such as `criteria.and[1].age.min` */
  constructor(
    readonly path: string,
    words: string,
  ) {
    super(`${path} ${words}.`);
    this.name = 'InvalidCriteriaError';
  }
}

/** Some of the patients to add are not in the clinical store; nothing was changed. */
export class UnknownPatientsError extends Error {
  readonly code = 'unknown-patients';

  constructor(
    readonly count: number,
    readonly examples: readonly string[],
  ) {
    super(
      `${count} of the patients are not in the clinical store, such as ${examples.join(', ')}. Nothing was changed.`,
    );
    this.name = 'UnknownPatientsError';
  }
}

/** Something that should become part of a group is not spelt as FHIR wants it. */
export class InvalidGroupInputError extends Error {
  readonly code = 'invalid-group-input';

  constructor(message: string) {
    super(message);
    this.name = 'InvalidGroupInputError';
  }
}
