import type { MembershipSource } from './membership-source';
import { MembershipSourceRegistry } from './membership-source.registry';
import { PatientListSource } from './patient-list.source';

describe('MembershipSourceRegistry', () => {
  const list: MembershipSource = new PatientListSource();
  const unknown: MembershipSource = {
    kind: 'horoscope' as 'patient-list', // what the compiler would not let through
    cohort: () => ({ sql: '', parameters: [] }),
  };

  it.each([
    ['a kind without a source', [], 'patient-list has 0 sources'],
    ['a kind with two', [list, list], 'patient-list has 2 sources'],
    ['an unknown kind', [list, unknown], 'horoscope is unknown'],
  ])('refuses to start with %s', (_, sources, message) => {
    expect(() => new MembershipSourceRegistry(sources)).toThrow(message);
  });

  it('refuses a group that it cannot resolve, rather than exporting nobody (GR-09)', () => {
    const registry = new MembershipSourceRegistry([list]);
    const group = { id: 'S', name: 'S', source: 'segment', version: '1', lastUpdated: '' };

    expect(() => registry.of(group)).toThrow(expect.objectContaining({ status: 422 }) as Error);
  });
});
