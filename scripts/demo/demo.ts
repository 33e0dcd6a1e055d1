import fs from 'node:fs';
import path from 'node:path';

import { serviceCli } from '../database/service-cli';
import { registerApp, type RunningService, startService } from '../service';
import { type Services, startServices } from '../services';
import { checkExport, type CheckResult } from './check/check-export';
import { connectClient, GROUP } from './client';
import { exportGroup, type GroupExport } from './export-group';
import { prepareFollowing, loadPatients } from './load';
import type { DemoOptions } from './options';
import { CHECK_FOLDER, CLIENT_FILE, DEMO_FOLDER, REJECTS_FILE, SUMMARY_FILE } from './places';
import { choosePort } from './port';
import { keepSettings } from './settings';
import { keepSince } from './source/changes';
import { followerSettings, makeEhr } from './source/ehr';
import { invitationToChange, showChanges } from './source/live';
import { invitation, result, summary } from './summary';

/**
 * The whole main job, as told in the README. Leaves nothing running, whatever happens.
 *
 * @returns true when every check held
 */
export async function runDemo(options: DemoOptions, signal: AbortSignal): Promise<boolean> {
  const port = await choosePort(options.port);
  const services = await startServices({ directory: DEMO_FOLDER, keep: options.keep });
  try {
    signal.throwIfAborted();
    return await withServices(services, { ...options, port }, signal);
  } finally {
    fs.rmSync(CHECK_FOLDER, { recursive: true, force: true });
    await services.stop();
  }
}

async function withServices(
  services: Services,
  options: DemoOptions & { readonly port: number },
  signal: AbortSignal,
): Promise<boolean> {
  const { keep, port } = options;
  if (!keep) fs.rmSync(path.join(DEMO_FOLDER, 'storage'), { recursive: true, force: true });
  const ehr = options.fromDatabase
    ? await makeEhr(services.databaseUrl, options.patients)
    : undefined;
  const environment = {
    ...services.environment,
    ...(ehr !== undefined && followerSettings(ehr)),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    STORAGE_DIRECTORY: path.join(DEMO_FOLDER, 'storage'),
    ...forVisitors(options),
  };
  await serviceCli(['migrate'], environment, { signal, output: 'held-back' });
  const input =
    ehr === undefined
      ? await loadPatients(options, environment, signal)
      : await prepareFollowing(ehr, environment, signal);
  const app = { name: 'Demo', groups: [GROUP], directory: DEMO_FOLDER, environment, signal };
  const credentials = await registerApp(app);
  const follows = ehr !== undefined;
  const service = await startService({
    directory: DEMO_FOLDER,
    port,
    environment,
    follows,
    signal,
  });
  try {
    const client = connectClient({ fhirBase: service.fhirBase, ...credentials });
    const crash = Promise.race([service.ended, services.ended]);
    return await whileItRuns(crash, signal, async (alive) => {
      const exported = await exportGroup(client, alive);
      const check = await verify(exported, input, options, alive);
      fs.writeFileSync(SUMMARY_FILE, `${summary(exported, check)}\n`);
      console.log(`\n${result(exported, check)}`);
      const since = exported.manifest.transactionTime;
      keepSince(since);
      if (!options.once) {
        keepSettings({ ...environment, BASE: service.fhirBase });
        await serve(service, options, alive);
      }
      const isLive =
        !options.once ||
        ehr === undefined ||
        (await showChanges(client, { ehr, since, signal: alive }));
      return check.faults.length === 0 && isLive;
    });
  } finally {
    await service.stop();
  }
}

/** Whoever opens the pages may sign in, and clients may ask for failures: only while all data is made up. */
function forVisitors({ data, keep }: DemoOptions): Readonly<Record<string, string>> {
  return data === undefined && !keep ? { DEMO_CLIENT_FILE: CLIENT_FILE, SANDBOX: 'true' } : {};
}

/** Ends `work` when a process or server ends by itself, and fails with that as the reason. */
async function whileItRuns<T>(
  crash: Promise<string>,
  signal: AbortSignal,
  work: (alive: AbortSignal) => Promise<T>,
): Promise<T> {
  const gone = new AbortController();
  void crash.then((sentence) => {
    gone.abort(new Error(sentence));
  });
  try {
    const result = await work(AbortSignal.any([signal, gone.signal]));
    gone.signal.throwIfAborted();
    return result;
  } catch (error) {
    gone.signal.throwIfAborted();
    throw error;
  }
}

async function verify(
  exported: GroupExport,
  input: string,
  options: DemoOptions,
  signal: AbortSignal,
): Promise<CheckResult> {
  console.error('Checking the files against what was loaded ...');
  return await checkExport(exported, {
    input,
    metaKept: options.keepMeta,
    storeKept: options.keep,
    group: GROUP,
    folder: CHECK_FOLDER,
    rejectsFile: REJECTS_FILE,
    signal,
  });
}

async function serve(
  { publicUrl, fhirBase }: RunningService,
  { fromDatabase }: DemoOptions,
  alive: AbortSignal,
): Promise<void> {
  console.log(invitation({ publicUrl, fhirBase }));
  if (fromDatabase) console.log(invitationToChange());
  await new Promise<void>((resolve) => {
    if (alive.aborted) resolve();
    alive.addEventListener('abort', () => {
      resolve();
    });
  });
  console.log('\nStopping ...');
}
