/** A registration that cannot be accepted; `faults` names everything that is wrong with it. */
export class InvalidAppError extends Error {
  readonly code = 'invalid-app';

  /** @param fields members of the registration that are at fault */
  constructor(
    readonly faults: readonly string[],
    readonly fields: readonly string[] = [],
  ) {
    super(faults.join('\n'));
    this.name = 'InvalidAppError';
  }
}

export class AppNotFoundError extends Error {
  readonly code = 'app-not-found';

  constructor(id: string) {
    super(`There is no app with the id ${id}. \`apps list\` and GET /admin/apps show all.`);
    this.name = 'AppNotFoundError';
  }
}

export class AppExistsError extends Error {
  readonly code = 'app-exists';

  constructor(id: string) {
    super(`There is already an app with the id ${id}. Choose another, or leave the id out.`);
    this.name = 'AppExistsError';
  }
}
