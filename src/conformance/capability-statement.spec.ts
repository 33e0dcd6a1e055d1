import { ConvertToJs } from 'fhir/convertToJs';

import { fhirXml, RESOURCE_TYPES } from '@app/fhir';

import { capabilityStatement } from './capability-statement';

describe(capabilityStatement.name, () => {
  it('loses nothing in XML', () => {
    const fhirBase = 'https://ehr.example.org/fhir';
    const statement = capabilityStatement({
      fhirBase,
      resourceTypes: RESOURCE_TYPES,
      bulkDataVersion: '3.0',
      tokenEndpoint: `${fhirBase}/auth/token`,
      introspectionEndpoint: `${fhirBase}/auth/introspect`,
    });

    const back: unknown = new ConvertToJs().convert(fhirXml(statement));

    expect(back).toStrictEqual(statement);
  });
});
