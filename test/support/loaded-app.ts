import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { writeSampleData } from '../../libs/sample-data/src';
import { AuditLog } from '../../src/audit';
import { loadFiles } from '../../src/feed';
import { PatientLists } from '../../src/groups';
import { startTestApp, type TestApp } from './app';
import { registerApp } from './registered-app';

/** A service with sample patients, all of them in group INF-101, and a token that covers everything. */
export interface LoadedApp extends TestApp {
  readonly token: string;
}

/**
 * Starts a service whose clock tests may move for a day without their token running out.
 *
 * @param overrides as for startTestApp
 */
export async function startLoadedApp(
  patients: number,
  overrides: Readonly<Record<string, string>> = {},
): Promise<LoadedApp> {
  const service = await startTestApp({
    TOKEN_LIFETIME_SECONDS: '864000',
    RETRY_AFTER_MAX_SECONDS: '1',
    ...overrides,
  });
  const folder = await mkdtemp(join(tmpdir(), 'bulk-input-'));
  try {
    await writeSampleData(folder, { seed: 11, patients });
    const lists = new PatientLists(
      service.dataSource,
      service.app.get(AuditLog, { strict: false }),
    );
    await lists.create({ id: 'INF-101', name: 'All sample patients' });
    await loadFiles(service.environment['DATABASE_URL'] ?? '', [folder], {
      onPatients: async (ids) => {
        await lists.add('INF-101', ids);
      },
    });
    const token = await (await registerApp(service)).token();
    return { ...service, token };
  } finally {
    await rm(folder, { recursive: true });
  }
}
