import fhirpath from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4';

import { byType, listOf, valuesAt } from './testing/sample-reading';
import type { UsCoreProfile } from './testing/us-core-profile';
import { US_CORE_PROFILES } from './testing/us-core-profiles';

const US_CORE = 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-';
const BASE = 'http://hl7.org/fhir/StructureDefinition/';

const sample = listOf(20_240_501, 20);
const compiled = new Map<string, (resource: unknown) => unknown[]>();

/** True when a FHIRPath expression gives `true` and nothing else. */
function holds(expression: string, resource: unknown): boolean {
  const evaluate = compiled.get(expression) ?? fhirpath.compile(expression, r4, { async: false });
  compiled.set(expression, evaluate);
  const results: readonly unknown[] = evaluate(resource);
  return results.length === 1 && results[0] === true;
}

function isFor({ where }: UsCoreProfile, resource: unknown): boolean {
  return where === undefined || holds(where, resource);
}

describe('the sample and US Core 6.1', () => {
  it.each(US_CORE_PROFILES)('has what the profile $name requires', (profile) => {
    const resources = byType(sample, profile.type).filter((one) => isFor(profile, one));

    expect(resources.length).toBeGreaterThan(0);
    for (const expression of profile.requires) {
      expect([expression, resources.find((one) => !holds(expression, one))]).toStrictEqual([
        expression,
        undefined,
      ]);
    }
  });

  it.each(US_CORE_PROFILES.filter(({ shows }) => shows))(
    'shows what the profile $name has servers support',
    (profile) => {
      const resources = byType(sample, profile.type).filter((one) => isFor(profile, one));
      const missing = profile.shows?.filter(
        (expression) => !resources.some((one) => holds(expression, one)),
      );

      expect(missing).toStrictEqual([]);
    },
  );

  it('claims only profiles that there are, each for a resource that it is for', () => {
    const claims = sample.flatMap(({ type, line }) => {
      const resource: unknown = JSON.parse(line);
      return valuesAt(resource, 'meta.profile').map((claim) => ({ type, resource, claim }));
    });
    const wrong = claims.filter(({ type, resource, claim }) => {
      if (claim === `${BASE}${type}`) return false;
      const profile = US_CORE_PROFILES.find(({ name }) => claim === `${US_CORE}${name}`);
      return profile?.type !== type || !isFor(profile, resource);
    });

    expect(claims.length).toBeGreaterThan(100);
    expect(wrong).toStrictEqual([]);
  });

  it('gives National Provider Identifiers with the right check digit', () => {
    const numbers = byType(sample, 'Practitioner').flatMap((one) =>
      valuesAt(one, 'identifier.value'),
    );
    const wrong = numbers.filter((number) => luhnSum(`80840${String(number)}`) % 10 !== 0);

    expect(numbers.length).toBeGreaterThan(0);
    expect(wrong).toStrictEqual([]);
  });
});

/** The sum of the digits, every second from the right doubled (ISO/IEC 7812-1). */
function luhnSum(digits: string): number {
  return Array.from(digits, Number)
    .reverse()
    .reduce<number>((sum, digit, index) => {
      const doubled = digit > 4 ? digit * 2 - 9 : digit * 2;
      return sum + (index % 2 === 0 ? digit : doubled);
    }, 0);
}
