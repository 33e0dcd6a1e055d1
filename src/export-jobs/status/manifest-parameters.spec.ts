import type { Manifest } from './manifest';
import { manifestParameters } from './manifest-parameters';

const FILE = 'https://ehr.example.org/fhir/bulk-files/1';
const MANIFEST: Manifest = {
  transactionTime: '2026-01-31T11:28:17.123456Z',
  request: 'https://ehr.example.org/fhir/Group/INF-101/$export?_type=Patient&_format=xml',
  requiresAccessToken: true,
  output: [
    {
      type: 'Patient',
      url: `${FILE}/Patient.1.ndjson`,
      count: 5000,
      extension: { 'urn:x:sha256': 'ab', 'urn:x:bytes': 5_368_709_120 },
    },
  ],
  error: [{ type: 'OperationOutcome', url: `${FILE}/error.1.ndjson`, count: 1, extension: {} }],
};

describe(manifestParameters.name, () => {
  it('holds every member of the manifest, in its order', () => {
    expect(manifestParameters(MANIFEST)).toStrictEqual({
      resourceType: 'Parameters',
      parameter: [
        { name: 'transactionTime', valueInstant: MANIFEST.transactionTime },
        { name: 'request', valueUrl: MANIFEST.request },
        { name: 'requiresAccessToken', valueBoolean: true },
        {
          name: 'output',
          part: [
            { name: 'type', valueCode: 'Patient' },
            { name: 'url', valueUrl: `${FILE}/Patient.1.ndjson` },
            { name: 'count', valueInteger: 5000 },
            {
              name: 'extension',
              part: [
                { name: 'urn:x:sha256', valueString: 'ab' },
                { name: 'urn:x:bytes', valueDecimal: 5_368_709_120 },
              ],
            },
          ],
        },
        {
          name: 'error',
          part: [
            { name: 'type', valueCode: 'OperationOutcome' },
            { name: 'url', valueUrl: `${FILE}/error.1.ndjson` },
            { name: 'count', valueInteger: 1 },
            { name: 'extension', part: [] },
          ],
        },
      ],
    });
  });

  it('holds the link to the next page (MF-17)', () => {
    const link = [
      { relation: 'next', url: 'https://ehr.example.org/fhir/bulk-status/1/2' },
    ] as const;

    expect(manifestParameters({ ...MANIFEST, link }).parameter.at(-1)).toStrictEqual({
      name: 'link',
      part: [
        { name: 'relation', valueCode: 'next' },
        { name: 'url', valueUrl: link[0].url },
      ],
    });
  });

  it('has no parameter for a section without files', () => {
    const { parameter } = manifestParameters({ ...MANIFEST, output: [], error: [] });

    expect(parameter.map(({ name }) => name)).toStrictEqual([
      'transactionTime',
      'request',
      'requiresAccessToken',
    ]);
  });
});
