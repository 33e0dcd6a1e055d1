import fs from 'node:fs';
import path from 'node:path';

import { serviceCli } from '../database/service-cli';
import { registerApp, startService } from '../service';
import { type Services, startServices } from '../services';
import { checkExport, type CheckResult } from './check/check-export';
import { connectClient, GROUP } from './client';
import { exportGroup, type GroupExport } from './export-group';
import { loadPatients } from './load';
import type { DemoOptions } from './options';
import { CHECK_FOLDER, DEMO_FOLDER, REJECTS_FILE } from './places';
import { choosePort } from './port';
import { invitation, summary } from './summary';

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
  const { keep, once, port } = options;
  if (!keep) fs.rmSync(path.join(DEMO_FOLDER, 'storage'), { recursive: true, force: true });
  const environment = {
    ...services.environment,
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    STORAGE_DIRECTORY: path.join(DEMO_FOLDER, 'storage'),
  };
  await serviceCli(['migrate'], environment, { signal, output: 'held-back' });
  const input = await loadPatients(options, environment, signal);
  const app = { name: 'Demo', group: GROUP, directory: DEMO_FOLDER, environment, signal };
  const credentials = await registerApp(app);
  const service = await startService({ directory: DEMO_FOLDER, port, environment, signal });
  try {
    const { publicUrl, fhirBase } = service;
    const client = connectClient({ fhirBase, ...credentials });
    const exported = await exportGroup(client, signal);
    const check = await verify(exported, input, options, signal);
    console.log(`\n${summary(exported, check)}\n`);
    if (!once) {
      const { clientId } = credentials;
      console.log(invitation({ publicUrl, fhirBase, clientId, token: await client.token() }));
      await untilInterrupted(signal, service.ended);
    }
    return check.faults.length === 0;
  } finally {
    await service.stop();
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

/** @throws Error when a process of the service ends by itself */
async function untilInterrupted(signal: AbortSignal, ended: Promise<string>): Promise<void> {
  // Pending promises alone do not keep a process alive; the service's pipes do.
  const interrupted = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => {
      resolve(undefined);
    });
  });
  const sentence = await Promise.race([interrupted, ended]);
  if (sentence !== undefined) {
    throw new Error(`${sentence} See api.log and worker.log in ${DEMO_FOLDER}.`);
  }
  console.log('\nStopping ...');
}
