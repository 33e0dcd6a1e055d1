import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { loadFiles } from '../../src/feed';
import { startTestApp, type TestApp } from './app';
import { downloadAll, kickOff, manifestOf } from './export';
import { patientLists } from './groups';
import { type RegisteredApp, registerApp } from './registered-app';
import type { Given } from './truth';

/** A service that holds what a test gives it. */
export interface GivenApp extends TestApp {
  /** An app that is licensed for everything, and its token. */
  readonly client: RegisteredApp;
  readonly token: string;
  /** Loads more, or newer versions. */
  load(given: readonly Given[]): Promise<void>;
  /** Loads a Bundle as a file of its own. */
  loadBundle(bundle: object): Promise<void>;
  /** Runs an export to its end: its lines by type. */
  exported(path: string, token?: string): Promise<ReadonlyMap<string, readonly string[]>>;
}

/**
 * @param groups ids of members by id of the group
 * @param overrides as for startTestApp
 */
export async function startGivenApp(
  input: readonly Given[],
  groups: Readonly<Record<string, readonly string[]>> = {},
  overrides: Readonly<Record<string, string>> = {},
): Promise<GivenApp> {
  // Tests move the clock instead of waiting: tokens must outlast that.
  const service = await startTestApp({ TOKEN_LIFETIME_SECONDS: '864000', ...overrides });
  const client = await registerApp(service);
  const ownToken = await client.token();
  const load = (given: readonly Given[]): Promise<void> =>
    loadFile(service, 'all.ndjson', given.map(({ line }) => `${line}\n`).join(''));
  await load(input);
  const lists = patientLists(service);
  for (const [id, members] of Object.entries(groups)) {
    await lists.create({ id, name: id });
    await lists.add(id, members, { allowUnknown: true });
  }
  return {
    ...service,
    client,
    token: ownToken,
    load,
    loadBundle: (bundle) => loadFile(service, 'bundle.json', JSON.stringify(bundle)),
    exported: async (path, token = ownToken) => {
      const manifest = await manifestOf(service, await kickOff(service, path, token), token);
      return downloadAll(manifest, token);
    },
  };
}

async function loadFile(service: TestApp, name: string, content: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bulk-input-'));
  try {
    await writeFile(join(folder, name), content);
    await loadFiles(service.environment['DATABASE_URL'] ?? '', [folder], { keepMeta: true });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Deletes a resource as of now, the way a source reports it: the version goes, a tombstone stays. */
export async function deleteResource(service: TestApp, type: string, id: string): Promise<void> {
  await service.dataSource.query(
    `with gone as (
       delete from clinical.resource where type = $1 and id = $2
       returning last_updated, version, type, id, patient_id, content),
     superseded as (
       insert into clinical.resource_history
         (last_updated, superseded_at, version, deleted, type, id, patient_id, content)
       select last_updated, now(), version, false, type, id, patient_id, content from gone)
     insert into clinical.resource_history
       (last_updated, superseded_at, version, deleted, type, id, patient_id, content)
     select now(), 'infinity', version + 1, true, type, id, patient_id, null from gone`,
    [type, id],
  );
}

/** A resource of a test's own. */
export function given(type: string, id: string, rest: object = {}): Given {
  return { type, id, line: JSON.stringify({ resourceType: type, id, ...rest }) };
}

/** `{ reference: "Patient/p" }` and the like. */
export function to(type: string, id: string): { readonly reference: string } {
  return { reference: `${type}/${id}` };
}

/** The ids of lines, in order. */
export function idsOf(lines: readonly string[] | undefined): readonly string[] {
  return (lines ?? []).map((line) => (JSON.parse(line) as { id: string }).id).sort();
}
