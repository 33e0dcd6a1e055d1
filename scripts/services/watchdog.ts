/**
 * The program behind startTied: node watchdog.js '<TiedCommand as JSON>'. Runs the command and ends it
 * when stdin ends, which the system closes for us however our parent died.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';

import { tieToParent } from './tie-to-parent';
import { type TiedCommand } from './tied-process';

function main(tied: TiedCommand): void {
  // In case someone kills every Node process at once, this watchdog too.
  const tie = tieToParent(tied.stopSignal, tied.account);
  const [command = tied.command, ...args] = [...tie, tied.command, ...tied.args];
  const log = tied.log === undefined ? 'ignore' : fs.openSync(tied.log, 'a', 0o600);
  const child = spawn(command, args, {
    stdio: ['ignore', log, log],
    cwd: tied.cwd,
    ...tied.account,
  });

  let isStopping = false;
  const stop = (): void => {
    if (isStopping) return;
    isStopping = true;
    child.kill(tied.stopSignal);
    setTimeout(() => child.kill('SIGKILL'), tied.graceMilliseconds).unref();
  };
  process.stdin.on('error', stop).once('close', stop).resume();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);

  child.once('error', (error) => {
    if (typeof log === 'number') fs.writeSync(log, `${error.message}\n`);
    process.exit(127);
  });
  child.once('exit', (code, signal) => {
    process.exit(code ?? 128 + os.constants.signals[signal ?? 'SIGKILL']);
  });
}

main(JSON.parse(process.argv[2] ?? '') as TiedCommand); // written by startTied of the same build
