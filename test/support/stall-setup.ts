/**
 * jest loads this before each test file. It tells a thread of this process what
 * runs: the thread ends the process when nothing begins or ends for too long, for a main thread that
 * loops, or waits in native code, is beyond the reach of jest's own time-outs.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { getEnvironmentData, setEnvironmentData, Worker } from 'node:worker_threads';

import { projectRoot } from '../../scripts/services/project-root';
import { stallSeconds } from '../../scripts/test/stall-seconds';
import { Watched } from '../../scripts/test/watched';

const NAME = 'ehr-bulk-data: what runs';

const watched = watchedOfThisProcess();
const said = (): void => {
  const { testPath, currentTestName } = expect.getState();
  watched.set(`${testPath ?? '?'}\n${currentTestName ?? '(no test yet)'}`, stallSeconds() * 1000);
};

/* oxlint-disable jest/require-top-level-describe -- for every test of every file */
said();
beforeEach(said);
afterEach(said);
afterAll(() => {
  watched.clear();
});

/** One thread serves all test files of a process; each file has a module registry of its own. */
function watchedOfThisProcess(): Watched {
  const known = getEnvironmentData(NAME) as SharedArrayBuffer | undefined;
  if (known) return new Watched(known);
  const memory = Watched.memory();
  setEnvironmentData(NAME, memory);
  const thread = join(projectRoot(), 'dist/scripts/test/stall-thread.js');
  // jest may be run by itself before anything was built; then nobody watches.
  if (existsSync(thread)) new Worker(thread, { workerData: memory }).unref();
  return new Watched(memory);
}
