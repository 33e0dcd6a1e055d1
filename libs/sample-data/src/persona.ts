import { CHRONIC_CONDITIONS, type ChronicCondition, DIABETES } from './codes/conditions';
import {
  ETHNICITIES,
  FAMILY_NAMES,
  FEMALE_NAMES,
  MALE_NAMES,
  type Place,
  PLACES,
  RACES,
  STREETS,
} from './codes/names';
import { Random } from './random';
import { DAY, FIRST_EVENT, LAST_EVENT, YEAR } from './text/times';

export interface Persona {
  readonly index: number;
  readonly given: string;
  readonly family: string;
  readonly gender: 'female' | 'male';
  /** Milliseconds since 1970. */
  readonly birth: number;
  readonly race: (typeof RACES)[number];
  readonly ethnicity: (typeof ETHNICITIES)[number];
  readonly street: string;
  readonly place: Place;
  /** Visits to a doctor, from 1. */
  readonly visits: number;
  readonly chronic: readonly ChronicCondition[];
  /** The patient just before is this one's mother. */
  readonly hasMother: boolean;
  /** The patient just before is the same person, registered twice. */
  readonly isDuplicate: boolean;
}

const PERSONA_STREAM = 0x70657273;

/**
 * Who a patient is: all that other charts and the groups need to know, cheap enough to be asked
 * again instead of kept. Relatives are always earlier patients, so a chart does not depend on how
 * many patients follow.
 */
export function personaOf(seed: number, index: number): Persona {
  const random = new Random(seed ^ PERSONA_STREAM, index);
  if (index % 8 === 5) return childOf(personaOf(seed, index - 1), random);
  if (index % 16 === 15) return duplicateOf(personaOf(seed, index - 1), random);
  return stranger(index, random);
}

export function fullName(persona: Persona): string {
  return `${persona.given} ${persona.family}`;
}

export function ageAt(persona: Persona, time: number): number {
  return Math.floor((time - persona.birth) / YEAR);
}

export function hasDiabetes(persona: Persona): boolean {
  return persona.chronic.some((condition) => condition.name === DIABETES);
}

function stranger(index: number, random: Random): Persona {
  const isMother = index % 8 === 4;
  const gender = isMother || random.chance(0.52) ? 'female' : 'male';
  const age = isMother ? random.between(38, 52) : random.between(1, 92);
  const birth = birthday(LAST_EVENT - age * YEAR);
  return {
    index,
    given: random.pick(gender === 'female' ? FEMALE_NAMES : MALE_NAMES),
    family: familyName(index, random),
    gender,
    birth,
    race: random.pick(RACES),
    ethnicity: random.pick(ETHNICITIES),
    street: `${random.int(1, 9999)} ${random.pick(STREETS)}`,
    place: random.pick(PLACES),
    visits: visitCount(random),
    chronic: CHRONIC_CONDITIONS.filter(
      (condition) => age >= condition.fromAge && random.chance(condition.share),
    ),
    hasMother: false,
    isDuplicate: false,
  };
}

function childOf(mother: Persona, random: Random): Persona {
  const self = stranger(mother.index + 1, random);
  const age = random.between(2, 17);
  return {
    ...mother,
    index: self.index,
    given: self.given,
    gender: self.gender,
    birth: birthday(LAST_EVENT - age * YEAR),
    visits: self.visits,
    chronic: CHRONIC_CONDITIONS.filter(({ fromAge }) => age >= fromAge && random.chance(0.15)),
    hasMother: true,
  };
}

function duplicateOf(original: Persona, random: Random): Persona {
  const { index, street, place, visits } = stranger(original.index + 1, random);
  return { ...original, index, street, place, visits, isDuplicate: true };
}

function birthday(time: number): number {
  return Math.floor(time / DAY) * DAY;
}

/** Every sixteenth is a 李, so that small samples too hold a name in another script. */
function familyName(index: number, random: Random): string {
  const family = random.pick(FAMILY_NAMES);
  return index % 16 === 2 ? '李' : family;
}

/** Most people come a few times; some once, a few all the time. */
function visitCount(random: Random): number {
  const kind = random.next();
  if (kind < 0.14) return 1;
  if (kind < 0.86) return random.int(3, 8);
  if (kind < 0.97) return random.int(9, 17);
  return random.int(20, 36);
}

/** The span in which a person can have been seen: from birth or the first records on. */
export function recordedSpan(persona: Persona): { readonly from: number; readonly until: number } {
  return { from: Math.max(persona.birth + 2 * DAY, FIRST_EVENT), until: LAST_EVENT };
}
