/** A group of this id exists. */
export class GroupExistsError extends Error {
  readonly code = 'group-exists';

  constructor(readonly groupId: string) {
    super(`There is a group ${groupId} already; add to it, or delete it first.`);
    this.name = 'GroupExistsError';
  }
}

/** No group of this id exists, or its members are not kept in a list. */
export class GroupNotFoundError extends Error {
  readonly code = 'group-not-found';

  constructor(readonly groupId: string) {
    super(`There is no patient list ${groupId}.`);
    this.name = 'GroupNotFoundError';
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
