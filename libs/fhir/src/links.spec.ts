import { isLinkMember } from './links';

describe(isLinkMember.name, () => {
  it.each([
    ['url', 'attachment', true],
    ['url', 'valueAttachment', true],
    ['url', 'extension', false],
    ['system', 'coding', true],
    ['system', 'telecom', false],
    ['value', 'identifier', false],
    ['valueUri', 'extension', true],
    ['valueCanonical', 'extension', false],
    ['profile', 'meta', false],
    ['source', 'meta', true],
    ['policy', 'Provenance', true],
    ['definition', 'item', true],
    ['definition', 'Measure', false],
    ['instantiates', 'NutritionOrder', true],
    ['instantiates', 'CapabilityStatement', false],
    ['reference', 'subject', false],
    ['reference', 'education', true],
    ['type', 'subject', false],
    ['constructor', 'Patient', false],
  ])('%s in %s: %s', (name, holder, isLink) => {
    expect(isLinkMember(name, holder)).toBe(isLink);
  });
});
