import { hideBin } from 'yargs/helpers';

import { runCommandLine } from './cli/command-line';

async function run(): Promise<void> {
  const failure = await runCommandLine(hideBin(process.argv));
  if (failure === undefined) return;
  process.stderr.write(`${failure.message}\n`);
  process.exit(failure.exitCode);
}

process.on('uncaughtException', (error, origin) => {
  void import('./start.js').then(({ endUnexpectedly }) => endUnexpectedly(error, origin));
});
void run();
