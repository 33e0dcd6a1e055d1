import { hideLiterals } from './hidden-literals';

describe(hideLiterals.name, () => {
  const shown = new Set(['Patient']);

  it.each([
    ["type = 'Patient' and id = 'p1'", "type = 'Patient' and id = '…'"],
    ["name = 'O''Neil' or x", "name = '…' or x"],
    [String.raw`name = E'a\\b' and n > 5`, "name = '…' and n > 5"],
    ["at = '' and id = any ('{p1,p2}'::text[])", "at = '…' and id = any ('…'::text[])"],
  ])('hides what %s compares with, but for what may be shown', (text, hidden) => {
    expect(hideLiterals(text, shown)).toBe(hidden);
  });
});
