import { isFhirId } from '@app/fhir';

import { sampleId, samplePatientId, SHARED } from './sample-ids';

describe(sampleId, () => {
  it('has the shape of a version 4 UUID', () => {
    expect(sampleId(1, 2, 3)).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(isFhirId(sampleId(0, SHARED, 0))).toBe(true);
  });

  it('differs for each owner and each ordinal of a seed', () => {
    const ids = new Set<string>();
    for (let owner = SHARED; owner < 300; owner += 1) {
      for (let ordinal = 0; ordinal < 300; ordinal += 1) ids.add(sampleId(7, owner, ordinal));
    }

    expect(ids.size).toBe(301 * 300);
  });
});

describe(samplePatientId, () => {
  it('differs between seeds', () => {
    expect(samplePatientId(1, 0)).not.toBe(samplePatientId(2, 0));
  });
});
