import { BYTES, type Manifest, SHA256 } from './manifest';
import { manifestV4Ballot } from './manifest-ballot';

const FILE = 'https://ehr.example.org/fhir/bulk-files/1';
const MANIFEST: Manifest = {
  transactionTime: '2026-01-31T11:28:17.123456Z',
  request: 'https://ehr.example.org/fhir/Group/INF-101/$export',
  requiresAccessToken: true,
  output: [
    {
      type: 'Patient',
      url: `${FILE}/Patient.1.ndjson`,
      count: 5,
      extension: { [SHA256]: 'ab', [BYTES]: 700 },
    },
  ],
  error: [],
};

describe(manifestV4Ballot.name, () => {
  it('has neither request nor error, says what it is, and has extensions of FHIR and the size of files (MF-04, MF-16, MF-18)', () => {
    expect(manifestV4Ballot(MANIFEST)).toStrictEqual({
      manifestType: 'http://hl7.org/fhir/uv/bulkdata/StructureDefinition/BulkDataManifest',
      transactionTime: MANIFEST.transactionTime,
      requiresAccessToken: true,
      outputFormat: 'application/fhir+ndjson',
      output: [
        {
          type: 'Patient',
          url: `${FILE}/Patient.1.ndjson`,
          count: 5,
          fileSize: 700,
          extension: [
            { url: SHA256, valueString: 'ab' },
            { url: BYTES, valueDecimal: 700 },
          ],
        },
      ],
    });
  });

  it('has no types in deleted and outcome (MF-15, MF-16)', () => {
    const { deleted, outcome } = manifestV4Ballot({
      ...MANIFEST,
      deleted: [{ type: 'Bundle', url: `${FILE}/deleted.1.ndjson`, count: 1, extension: {} }],
      error: [{ type: 'OperationOutcome', url: `${FILE}/error.1.ndjson`, count: 2, extension: {} }],
    });

    expect(deleted).toStrictEqual([{ url: `${FILE}/deleted.1.ndjson`, count: 1, extension: [] }]);
    expect(outcome).toStrictEqual([{ url: `${FILE}/error.1.ndjson`, count: 2, extension: [] }]);
  });

  it('leaves out a size that no FHIR integer can hold', () => {
    const [file] = MANIFEST.output;
    const output = [{ url: '', count: 1, ...file, extension: { [BYTES]: 2_147_483_648 } }];

    expect(manifestV4Ballot({ ...MANIFEST, output }).output[0]).not.toHaveProperty('fileSize');
  });

  it('keeps what blocks are about, and the link to the next page (MF-07, MF-17)', () => {
    const link = [{ relation: 'next', url: 'https://ehr.example.org/x/2' }] as const;

    expect(manifestV4Ballot({ ...MANIFEST, outputOrganizedBy: 'Patient', link })).toMatchObject({
      outputOrganizedBy: 'Patient',
      link,
    });
  });
});
