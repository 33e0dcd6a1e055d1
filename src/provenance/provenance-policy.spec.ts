import { RESOURCE_TYPES, type ResourceType } from '@app/fhir';

import { type AssociatedProvenance, decideProvenance } from './provenance-policy';

const everything: readonly ResourceType[] = RESOURCE_TYPES;
const everythingElse = RESOURCE_TYPES.filter((type) => type !== 'Provenance');
const two: readonly ResourceType[] = ['Patient', 'Condition'];

describe(decideProvenance.name, () => {
  it.each<
    [string, readonly ResourceType[], AssociatedProvenance | undefined, readonly ResourceType[]]
  >([
    ['no _type: of every type that is exported', everything, undefined, everythingElse],
    ['no _type, Relevant: the same', everything, 'relevant', everythingElse],
    ['no _type, Latest: the newest of every type', everything, 'latest', everythingElse],
    ['_type with Provenance: of the other types asked', [...two, 'Provenance'], undefined, two],
    ['_type with Provenance, Relevant: the same', [...two, 'Provenance'], 'relevant', two],
    ['_type with Provenance, Latest: the newest', [...two, 'Provenance'], 'latest', two],
    [
      '_type of Provenance alone: of everything permitted',
      ['Provenance'],
      undefined,
      everythingElse,
    ],
    ['_type of Provenance alone, Latest: the newest', ['Provenance'], 'latest', everythingElse],
    ['_type without Provenance: none', two, undefined, []],
    ['_type without Provenance, Relevant: of the types asked', two, 'relevant', two],
    ['_type without Provenance, Latest: the newest of each', two, 'latest', two],
    ['no types at all: none', [], undefined, []],
    ['no types at all, Relevant: none', [], 'relevant', []],
  ])('goes along for %s (PR-61, PR-62, PR-67, PM-01)', (_case, types, associated, of) => {
    const decision = decideProvenance(types, everything, associated);

    expect(decision).toStrictEqual({
      types: of.length > 0 ? [...new Set([...types, 'Provenance'])] : types,
      provenanceOf: of,
      provenance: of.length > 0 ? associated : undefined,
    });
  });

  it('never reaches beyond what the caller may export (PM-03)', () => {
    const alone = decideProvenance(['Provenance'], ['Patient', 'Provenance'], undefined);
    const withheld = decideProvenance(['Patient'], ['Patient'], 'relevant');

    expect(alone.provenanceOf).toStrictEqual(['Patient']);
    expect(withheld).toMatchObject({ types: ['Patient'], provenanceOf: [] });
  });
});
