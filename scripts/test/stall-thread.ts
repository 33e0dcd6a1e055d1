/** The thread beside the tests: it ends the process, with a report, when they make no progress. */
import fs from 'node:fs';
import { workerData } from 'node:worker_threads';

import { mainThreadStack } from './main-thread-stack';
import { nativeStack } from './native-stack';
import { stallSeconds } from './stall-seconds';
import { Watched } from './watched';

const LOOK_MILLISECONDS = 500;

function main(watched: Watched): void {
  const looking = setInterval(() => {
    const overdue = watched.overdue();
    if (overdue === undefined) return;
    clearInterval(looking);
    void endWithReport(overdue);
  }, LOOK_MILLISECONDS);
}

async function endWithReport(overdue: string): Promise<void> {
  const [suite = '', test = ''] = overdue.split('\n');
  const head = `STALLED: ${suite}\n  ${test}\n  No test or hook began or ended for ${stallSeconds()} s.`;
  try {
    const stack = (await mainThreadStack()) ?? nativeStack(process.pid);
    tell(`\n${head} The main thread:\n${stack}\nThe suite is ended.\n`);
  } finally {
    // Nothing gentler reaches a main thread that does not answer.
    process.kill(process.pid, 'SIGKILL');
  }
}

/** Of a worker that jest has started anew, nobody reads standard error: run-jest names a file. */
function tell(report: string): void {
  const file = process.env['TEST_STALL_REPORTS'];
  if (file === undefined) fs.writeSync(2, report);
  else fs.appendFileSync(file, report);
}

main(new Watched(workerData as SharedArrayBuffer)); // given by stall-setup
