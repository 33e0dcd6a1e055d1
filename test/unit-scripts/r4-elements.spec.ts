import { readFile } from 'node:fs/promises';

import { elementTable } from '../../scripts/elements/element-table';
import { linkTable } from '../../scripts/elements/link-table';

describe(elementTable.name, () => {
  it('is the committed table: mandatory elements and modifiers are those of HL7’s definitions (PR-44, PR-47)', async () => {
    const committed = await readFile('libs/fhir/src/r4-elements.ts', 'utf8');

    expect(elementTable()).toBe(committed);
  });
});

describe(linkTable.name, () => {
  it('is the committed table: links are the elements of type uri, url, oid and uuid', async () => {
    const committed = await readFile('libs/fhir/src/r4-links.ts', 'utf8');

    expect(linkTable()).toBe(committed);
  });
});
