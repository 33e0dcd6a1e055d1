import { readFile } from 'node:fs/promises';

import { elementTable } from '../../scripts/elements/element-table';

describe(elementTable.name, () => {
  it('is the committed table: mandatory elements and modifiers are those of HL7’s definitions (PR-44, PR-47)', async () => {
    const committed = await readFile('libs/fhir/src/r4-elements.ts', 'utf8');

    expect(elementTable()).toBe(committed);
  });
});
