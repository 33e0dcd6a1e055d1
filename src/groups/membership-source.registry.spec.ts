import type { MembershipSource } from './membership-source';
import { MembershipSourceRegistry } from './membership-source.registry';

describe('MembershipSourceRegistry', () => {
  const sourceOf = (kind: string): MembershipSource => ({
    kind: kind as 'segment', // also what the compiler would not let through
    cohort: () => Promise.reject(new Error('not asked')),
    resource: () => Promise.reject(new Error('not asked')),
    head: () => Promise.reject(new Error('not asked')),
    memberPage: () => Promise.reject(new Error('not asked')),
  });
  const list = sourceOf('patient-list');
  const segment = sourceOf('segment');
  const roster = sourceOf('roster');
  const filtered = sourceOf('filtered');

  it.each([
    ['a kind without a source', [segment, roster, filtered], 'patient-list has 0 sources'],
    ['a kind with two', [list, segment, roster, list], 'patient-list has 2 sources'],
    ['an unknown kind', [list, segment, roster, sourceOf('horoscope')], 'horoscope is unknown'],
  ])('refuses to start with %s', (_, sources, message) => {
    expect(() => new MembershipSourceRegistry(sources)).toThrow(message);
  });

  it('refuses a group that it cannot resolve, rather than exporting nobody (GR-09)', () => {
    const registry = new MembershipSourceRegistry([list, segment, roster, filtered]);
    const group = { id: 'S', name: 'S', source: 'horoscope', version: '1', owner: null };

    expect(() => registry.of(group)).toThrow(expect.objectContaining({ status: 422 }) as Error);
  });
});
