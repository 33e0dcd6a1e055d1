import { EXCEPTIONS, OWNERSHIP } from './owners';

/** A source file that names a relation. */
export interface Use {
  readonly file: string;
  readonly module: string;
  readonly relation: string;
}

/**
 * What is wrong with who names what: a relation named by a module that may not, one that nobody owns, and
 * an exception that nobody needs any more.
 *
 * @param relations `schema.name` of every table and view of the schema
 */
export function faultsOf(uses: readonly Use[], relations: readonly string[]): readonly string[] {
  const unowned = relations.filter((relation) => !(relation in OWNERSHIP));
  const gone = Object.keys(OWNERSHIP).filter((relation) => !relations.includes(relation));
  const refused = uses.filter((use) => !mayName(use));
  const stale = EXCEPTIONS.filter(
    ({ module, relation }) =>
      !uses.some((use) => use.module === module && use.relation === relation),
  );
  return [
    ...unowned.map((relation) => `${relation} has no owner: give it one`),
    ...gone.map((relation) => `${relation} is no relation of the schema any more`),
    ...refused.map(({ file, module, relation }) => `${file}: ${module} may not name ${relation}`),
    ...stale.map(({ module, relation }) => `${module} names ${relation} no more: no exception`),
  ];
}

function mayName({ module, relation }: Use): boolean {
  if (relation.endsWith('.*')) {
    const schema = relation.slice(0, -1);
    return Object.entries(OWNERSHIP).some(
      ([name, { owners }]) => name.startsWith(schema) && owners.includes(module),
    );
  }
  const { owners = [], readers = [] } = OWNERSHIP[relation] ?? {};
  return (
    [...owners, ...readers].includes(module) ||
    EXCEPTIONS.some((one) => one.module === module && one.relation === relation)
  );
}
