import { setTimeout as delay } from 'node:timers/promises';

import {
  ExportOperations,
  ExportOperationsModule,
  type JobState,
  type ShownExport,
  ShownExports,
} from '../export-jobs';
import type { ExportOptions, ListOptions, WatchOptions } from './exports.options';
import { exportDetails, exportLine, exportTable } from './exports.output';
import { print } from './output';
import { type Services, withServices } from './with-services';

const MOST = 200;
const USE = { needs: ['limits'] as const, imports: [ExportOperationsModule] };
const OPEN: readonly JobState[] = ['accepted', 'planning', 'running'];

export async function list({ state, count, ...args }: ListOptions): Promise<void> {
  if (!Number.isInteger(count) || count < 1 || count > MOST) {
    throw new Error(`--count must be a whole number, 1 to ${MOST}.`);
  }
  const { app, group, before } = args;
  const filter = { states: state as readonly JobState[] | undefined, app, group, before, count };
  const page = await withServices(USE, (services) => services.get(ShownExports).list(filter));
  print(args, page, () => exportTable(page));
}

export async function show(args: ExportOptions): Promise<void> {
  const found = await withServices(USE, (services) => shown(services, args));
  print(args, found, () => exportDetails(found));
}

/** Looks again and again, until the export has ended. */
export async function watch(args: WatchOptions): Promise<void> {
  if (!(args.seconds >= 0.1 && args.seconds <= 3600)) {
    throw new Error('--seconds must be a number, 0.1 to 3600.');
  }
  await withServices(USE, async (services) => {
    let told = '';
    for (;;) {
      const found = await shown(services, args);
      const line = args.json
        ? JSON.stringify({ ...found, parts: undefined, files: undefined })
        : exportLine(found);
      if (line !== told) console.log(line);
      told = line;
      if (!OPEN.includes(found.state)) return;
      await delay(args.seconds * 1000);
    }
  });
}

export function cancel(args: ExportOptions): Promise<void> {
  return operate(args, (operations) => operations.cancel(args));
}

export function retryFailed(args: ExportOptions): Promise<void> {
  return operate(args, (operations) => operations.retryFailed(args));
}

export function expire(args: ExportOptions): Promise<void> {
  return operate(args, (operations) => operations.expire(args));
}

export function hold(args: ExportOptions): Promise<void> {
  return operate(args, (operations) => operations.hold(args));
}

export function release(args: ExportOptions): Promise<void> {
  return operate(args, (operations) => operations.release(args));
}

async function operate(
  args: ExportOptions,
  operation: (operations: ExportOperations) => Promise<void>,
): Promise<void> {
  const found = await withServices(USE, async (services) => {
    await operation(services.get(ExportOperations));
    return shown(services, args);
  });
  print(args, found, () => exportLine(found));
}

function shown(services: Services, { id }: ExportOptions): Promise<ShownExport> {
  return services.get(ShownExports).show(id);
}
