import { RESOURCE_TYPES, type ResourceType } from '@app/fhir';

import { provenanceOf } from './provenance-policy';

const everything: readonly ResourceType[] = RESOURCE_TYPES;
const everythingElse = RESOURCE_TYPES.filter((type) => type !== 'Provenance');

describe(provenanceOf.name, () => {
  it.each<[string, readonly ResourceType[], readonly ResourceType[]]>([
    ['no _type: every type that is exported', everything, everythingElse],
    [
      '_type with Provenance: the other types asked',
      ['Patient', 'Condition', 'Provenance'],
      ['Patient', 'Condition'],
    ],
    ['_type of Provenance alone: everything permitted', ['Provenance'], everythingElse],
    ['_type without Provenance: none', ['Patient', 'MedicationRequest'], []],
    ['no types at all: none', [], []],
  ])('goes along for %s (PR-67)', (_case, types, expected) => {
    expect(provenanceOf(types, everything)).toStrictEqual(expected);
  });

  it('never reaches beyond what the caller may export (PM-03)', () => {
    expect(provenanceOf(['Provenance'], ['Patient', 'Provenance'])).toStrictEqual(['Patient']);
  });
});
