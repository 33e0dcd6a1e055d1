import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import http, { type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

import { Client } from 'pg';
import request from 'supertest';

import { statusUrl } from '../../src/export-jobs/urls';
import { SignalledWork } from '../../src/export-jobs/worker/signalled-work';
import { WorkSignal } from '../../src/export-jobs/worker/work-signal.queue';
import { FILE_STORAGE, type FileStorage } from '../../src/storage';
import { waitingForLocks } from '../support/database';
import { kickOff, manifestOf } from '../support/export';
import { insertPlannedJob } from '../support/export-records';
import { given, type GivenApp, startGivenApp } from '../support/given-app';
import { until } from '../support/until';

/** What the service promises for every phase. */
const PROMISED_SECONDS = 2;
/** Together more than the system buffers of a connection. */
const LARGE = 'x'.repeat(3_000_000);
const PATIENTS = Array.from({ length: 8 }, (_, index) => `p${index}`);
const EXPORT = 'Group/all/$export?_type=Patient';

describe('An export that is deleted', () => {
  let service: GivenApp;
  let storage: FileStorage;
  let processor: SignalledWork;
  /** Somebody else, who stands in the way. */
  let other: Client;

  beforeAll(async () => {
    const patients = PATIENTS.map((id) => given('Patient', id, { language: LARGE }));
    service = await startGivenApp(
      patients,
      { all: PATIENTS },
      { EXPORT_MAX_RUNNING: '1', PLANNING_WAIT_SECONDS: '600', RETRY_AFTER_MAX_SECONDS: '1' },
    );
    storage = service.app.get<FileStorage>(FILE_STORAGE, { strict: false });
    processor = service.app.get(SignalledWork, { strict: false });
    other = new Client({ connectionString: service.environment['DATABASE_URL'] });
    await other.connect();
  }, 120_000);

  afterAll(async () => {
    await other.end();
    await service.close();
  });

  afterEach(async () => {
    await other.query('rollback');
    jest.restoreAllMocks();
  });

  const remove = async (url: string): Promise<void> => {
    await request(url).delete('').auth(service.token, { type: 'bearer' }).expect(202);
    await request(url).get('').auth(service.token, { type: 'bearer' }).expect(404);
  };
  const stateOf = async (url: string): Promise<string | undefined> => {
    const [row] = await service.dataSource.query<{ state: string }[]>(
      'select state from export.job where id = $1',
      [idOf(url)],
    );
    return row?.state;
  };
  const filesOf = (url: string): Promise<readonly string[]> =>
    readdir(join(service.environment['STORAGE_DIRECTORY'] ?? '', 'exports', idOf(url))).catch(
      () => [],
    );
  /** Statements of the service that `other` keeps waiting; in its own transaction it sees no news of them. */
  const waiting = (statement?: string): Promise<number> =>
    waitingForLocks(service.dataSource, statement);
  const isAtRest = async (): Promise<boolean> => processor.idle && (await waiting()) === 0;

  it('while it waits for room never begins (DL-01)', async () => {
    await other.query('begin; lock table clinical.resource in access exclusive mode');
    const first = await kickOff(service, EXPORT, service.token);
    await until('the first is at work', async () => (await stateOf(first)) !== 'accepted');
    const second = await kickOff(service, EXPORT, service.token);

    await remove(second);
    await remove(first);
    await until('nobody is at work', isAtRest, PROMISED_SECONDS);
    await other.query('rollback');

    const third = await kickOff(service, EXPORT, service.token);
    await manifestOf(service, third, service.token);
    const [row] = await service.dataSource.query<{ fence: string; planned_at: Date | null }[]>(
      'select fence, planned_at from export.job where id = $1',
      [idOf(second)],
    );
    expect(row).toStrictEqual({ fence: '0', planned_at: null });
  });

  it('while its planning waits for writers stops within two seconds (DL-01)', async () => {
    await other.query('begin; select pg_current_xact_id()');
    const url = await kickOff(service, EXPORT, service.token);
    await until('it is being planned', async () => (await stateOf(url)) === 'planning');
    expect(processor.idle).toBe(false);

    await remove(url);

    await until('nobody is at work', isAtRest, PROMISED_SECONDS);
    await expect(stateOf(url)).resolves.toBe('cancelled');
  });

  it('while its planning waits for PostgreSQL stops within two seconds, in PostgreSQL too (DL-01)', async () => {
    // A stronger lock takes a transaction id: planning would wait for a writer instead.
    await other.query('begin; lock table export.cohort_member in share mode');
    const url = await kickOff(service, EXPORT, service.token);
    const freezing = '%insert into export.cohort_member%';
    await until('its plan waits', async () => (await waiting(freezing)) > 0);

    await remove(url);

    const isGivenUp = async (): Promise<boolean> =>
      processor.idle && (await waiting(freezing)) === 0;
    await until('nobody is at work', isGivenUp, PROMISED_SECONDS);
    await expect(stateOf(url)).resolves.toBe('cancelled');
  });

  it('while a part waits for PostgreSQL stops within two seconds, in PostgreSQL too (DL-01)', async () => {
    await other.query('begin; lock table clinical.resource in access exclusive mode');
    const job = { appId: service.client.id, parts: [1] };
    const url = statusUrl(service.fhirBase, await insertPlannedJob(service.dataSource, job));
    await service.app.get(WorkSignal, { strict: false }).signalWorkers(1);
    await until('the part waits', async () => (await waiting()) > 0);

    await remove(url);

    await until('nobody is at work', isAtRest, PROMISED_SECONDS);
    await expect(stateOf(url)).resolves.toBe('cancelled');
  });

  it.each(['create', 'write', 'publish'] as const)(
    'while the storage hangs at %s stops within two seconds, and leaves no byte when that goes on (DL-05)',
    async (step) => {
      const hold = holdAt(storage, step);
      const url = await kickOff(service, EXPORT, service.token);
      await until('the storage hangs', () => hold.reached());

      await remove(url);

      await until('nobody is at work', isAtRest, PROMISED_SECONDS);
      hold.letGo();
      await service.clock.advance(60);
      await until('the bytes are gone', async () => (await filesOf(url)).length === 0);
      await expect(stateOf(url)).resolves.toBe('cancelled');
    },
  );

  it('when it is complete loses its bytes within two seconds (DL-05)', async () => {
    const url = await kickOff(service, EXPORT, service.token);
    await manifestOf(service, url, service.token);
    expect(await filesOf(url)).not.toHaveLength(0);

    await remove(url);

    const gone = async (): Promise<boolean> => (await filesOf(url)).length === 0;
    await until('the bytes are gone', gone, PROMISED_SECONDS);
  });

  it('while it is downloaded ends the download within two seconds, not as if it were whole (DL-05)', async () => {
    const url = await kickOff(service, EXPORT, service.token);
    const { output } = await manifestOf(service, url, service.token);
    const sent = jest.spyOn(storage, 'open');
    const download = await slowDownload(output[0]?.url ?? '', service.token);
    const stored = await (sent.mock.results[0]?.value as ReturnType<FileStorage['open']>);

    await remove(url);

    const stream = stored?.stream as Readable;
    await until('the file is closed', () => stream.closed, PROMISED_SECONDS);
    await expect(buffer(download)).rejects.toThrow('aborted');
  });
});

/** The answer to a download of which nothing is read yet. */
async function slowDownload(url: string, token: string): Promise<IncomingMessage> {
  const headers = { Authorization: `Bearer ${token}` };
  const [answer] = (await once(http.get(url, { headers, agent: false }), 'response')) as [
    IncomingMessage,
  ];
  return answer;
}

/** Makes the storage hang at one step, from now on, until it is let go. */
function holdAt(
  storage: FileStorage,
  step: 'create' | 'write' | 'publish',
): { readonly reached: () => boolean; readonly letGo: () => void } {
  let reached = false;
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const hold = async (): Promise<void> => {
    reached = true;
    await held;
  };
  const create = storage.create.bind(storage);
  jest.spyOn(storage, 'create').mockImplementation(async (key) => {
    if (step === 'create') await hold();
    const writer = await create(key);
    if (step === 'create') return writer;
    return {
      write: async (chunks) => {
        if (step === 'write') await hold();
        await writer.write(chunks);
      },
      publish: async () => {
        if (step === 'publish') await hold();
        await writer.publish();
      },
      abort: () => writer.abort(),
    };
  });
  return { reached: () => reached, letGo };
}

function idOf(url: string): string {
  return url.split('/').at(-1) ?? '';
}
