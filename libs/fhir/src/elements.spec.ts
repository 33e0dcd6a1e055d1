import { keptMembers, rootElements } from './elements';
import { RESOURCE_TYPES } from './resource-types';

describe(rootElements.name, () => {
  it.each(RESOURCE_TYPES)('of %s are plain names, each once, and begin with id', (type) => {
    const names = rootElements(type).map(({ name }) => name);

    expect(names[0]).toBe('id');
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z][A-Za-z]+$/.test(name))).toStrictEqual([]);
  });

  it('tell a choice by its stem, with one member for each type (PR-47)', () => {
    expect(rootElements('Patient').find(({ name }) => name === 'deceased')).toStrictEqual({
      name: 'deceased',
      members: ['deceasedBoolean', 'deceasedDateTime'],
      mandatory: false,
      modifier: true,
    });
  });
});

describe(keptMembers.name, () => {
  it('keeps mandatory elements, modifiers and what says what the resource is, asked for or not (PR-44, PR-47)', () => {
    const own = keptMembers('Observation', []).filter((member) => !member.startsWith('_'));

    expect(own).toStrictEqual([
      'resourceType',
      'id',
      'meta',
      'implicitRules',
      'modifierExtension',
      'status',
      'code',
    ]);
  });

  it('adds what is asked for: every type of a choice, and the extensions of primitives (PR-41, PR-47)', () => {
    const kept = keptMembers('MedicationRequest', ['medication', 'authoredOn', 'birthDate']);

    const added = kept.filter((member) => !keptMembers('MedicationRequest', []).includes(member));
    // The medication is mandatory.
    expect(added).toStrictEqual(['authoredOn', '_authoredOn']);
    expect(kept).toContain('medicationCodeableConcept');
    expect(kept).toContain('medicationReference');
  });
});
