/**
 * npm run demo [-- options]: the main job on this machine, with a PostgreSQL and a Redis of its own.
 * --help tells the options. Exit code: 0 when every check held.
 */
import { type InterruptedError, listenForInterruption } from '../interruption';
import { reportFailure } from '../report-failure';
import { connectedClient } from './client';
import { runDemo } from './demo';
import { requireResources } from './load';
import { readOptions } from './options';
import { forgetSettings } from './own-environment';
import { asExports, settingsKept } from './settings';
import { changeRunningDemo } from './source/live';

async function main(args: readonly string[]): Promise<void> {
  const options = await readOptions(args);
  if (options.token) {
    console.log(await (await connectedClient()).token());
    return;
  }
  if (options.env) {
    console.log(asExports(await settingsKept()));
    return;
  }
  if (options.data !== undefined) requireResources(options.data);
  forgetSettings();
  const signal = listenForInterruption();
  try {
    const { sql, changes } = options;
    if (sql !== undefined || changes) await changeRunningDemo({ sql, changes }, signal);
    else process.exitCode = (await runDemo(options, signal)) ? 0 : 1;
  } catch (error) {
    // Whatever failed, it did so because of the interruption.
    if (!signal.aborted) throw error;
    console.error((signal.reason as InterruptedError).message);
    process.exitCode = 130;
  }
}

main(process.argv.slice(2)).catch(reportFailure);
