import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { failIfOneCrashed, OwnProcess, unlessOneCrashes } from '../support/own-process';
import { until } from '../support/until';

const LAST_WORDS = `console.error('the port is taken'); process.exitCode = 3;`;

describe('a process that somebody waits for', () => {
  let folder: string;
  let own: OwnProcess;
  const start = (script: string): OwnProcess => {
    own = new OwnProcess({
      name: 'The server',
      command: process.execPath,
      args: ['-e', script],
      log: join(folder, 'server.log'),
    });
    return own;
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bulk-own-process-'));
  });
  afterEach(async () => {
    await own.signal('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('is given up at once, with its last words, when it ends before it is ready', async () => {
    const ready = start(LAST_WORDS).untilReady(() => false, 3600);

    await expect(ready).rejects.toThrow(/^The server ended before it was ready\.[^]*port is taken/);
  });

  it('is given up at once when there is no such program', async () => {
    own = new OwnProcess({
      name: 'The server',
      command: '/nowhere/server',
      args: [],
      log: join(folder, 'server.log'),
    });

    await expect(own.untilReady(() => false, 3600)).rejects.toThrow('The server ended before');
  });

  it('lets everybody who waits for something else know when it ends later', async () => {
    start(LAST_WORDS);

    const waiting = until('an export completes', () => false, 3600);

    await expect(waiting).rejects.toThrow(/ended by itself \(exit code 3\)[^]*port is taken/);
  });

  it('ends a command that would wait for it', async () => {
    start(LAST_WORDS);
    let isEnded = false;
    const endless = (signal: AbortSignal): Promise<never> => {
      signal.addEventListener('abort', () => {
        isEnded = true;
      });
      return new Promise(() => undefined);
    };

    await expect(unlessOneCrashes(endless)).rejects.toThrow('The server ended by itself');
    expect(isEnded).toBe(true);
  });

  it('alarms nobody when it was asked to end', async () => {
    start('setInterval(() => undefined, 1000)');

    await own.signal('SIGTERM');

    expect(failIfOneCrashed).not.toThrow();
    expect(own.isRunning).toBe(false);
  });
});
