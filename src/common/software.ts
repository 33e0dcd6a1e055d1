/** What this service is, for clients that ask; the version is package.json's (a test compares them). */
export const SOFTWARE = {
  name: 'EHR Bulk Data',
  version: '0.1.0',
  releaseDate: '2026-11-23',
} as const;
