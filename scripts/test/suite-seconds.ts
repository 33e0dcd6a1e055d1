/** Suites that take much longer than others of their folder, in seconds of one worker. */
const LONG: Readonly<Record<string, number>> = {
  'test/chaos/chaos': 65,
  'test/chaos/feed': 40,
  'test/contract/command-line': 30,
  'test/contract/s3-storage': 40,
  'test/e2e/binary': 60,
  'test/e2e/change-batches': 40,
  'test/e2e/clocks': 60,
  'test/e2e/damaged-files': 60,
  'test/e2e/database-follower': 45,
  'test/e2e/deleted.': 40,
  'test/e2e/docs-page': 75,
  'test/e2e/fair-turns': 55,
  'test/e2e/loader-complete': 35,
  'test/e2e/loader-relations': 30,
  'test/e2e/packed-export': 35,
  'test/e2e/packed-provenance': 50,
  'test/e2e/packed-segments': 50,
  'test/e2e/parts': 60,
  'test/e2e/patient-export': 35,
  'test/e2e/plans': 40,
  'test/e2e/provenance': 35,
  'test/e2e/read-replica': 30,
  'test/e2e/segments': 40,
  'test/e2e/stress': 45,
  'test/e2e/vendor-page': 55,
};

/** Of the suites of a folder, about. */
const USUAL: Readonly<Record<string, number>> = {
  'test/e2e/': 15,
  'test/contract/': 10,
  'test/unit-scripts/': 5,
};

/**
 * About how long a suite takes: enough to share suites out fairly.
 *
 * @param suite its path in the project, with slashes
 */
export function suiteSeconds(suite: string): number {
  const found = [...Object.entries(LONG), ...Object.entries(USUAL)].find(([start]) =>
    suite.startsWith(start),
  );
  return found?.[1] ?? 1;
}
