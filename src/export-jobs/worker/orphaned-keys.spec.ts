import { randomUUID } from 'node:crypto';

import type { PartState } from '../persistence/job-states';
import { orphanedKeys } from './orphaned-keys';

describe(orphanedKeys.name, () => {
  const id = randomUUID();
  const key = (fence: number, part = id): string => `exports/job/${part}.${fence}.0.ndjson`;
  const isLeftover = (state: PartState, files: readonly string[] = []) =>
    orphanedKeys([{ id, fence: 3, state, files }]);

  it.each<[PartState, number, boolean]>([
    ['running', 2, true],
    ['running', 3, false],
    ['running', 4, false],
    ['pending', 3, true],
    ['pending', 4, false],
    ['completed', 3, true],
    ['failed', 3, true],
  ])('of a part that is %s with fence 3, a file of attempt %i: %s', (state, fence, expected) => {
    expect(isLeftover(state)(key(fence))).toBe(expected);
  });

  it('keeps what was committed', () => {
    expect(isLeftover('completed', [key(3)])(key(3))).toBe(false);
  });

  it('keeps error files, which clients may be fetching from the storage itself', () => {
    expect(isLeftover('completed')('exports/job/errors.1.ndjson')).toBe(false);
  });

  it('takes what belongs to no part for a leftover', () => {
    expect(isLeftover('running')(key(3, randomUUID()))).toBe(true);
    expect(isLeftover('running')('exports/job/stray')).toBe(true);
  });
});
