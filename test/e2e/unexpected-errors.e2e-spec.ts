import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { freePort, startTestApp, type TestApp } from '../support/app';
import { until } from '../support/until';

/** To be loaded first: on SIGUSR2 it fails as forgotten code would, with a patient's name in its words. */
const FAILURES = {
  exception: `process.on('SIGUSR2', () => { throw Object.assign(new Error('Mrs Example'), { code: '22P02', detail: 'Mrs Example' }); });`,
  rejection: `process.on('SIGUSR2', () => { Promise.reject(new TypeError('Mrs Example')); });`,
} as const;

describe('A process', () => {
  let service: TestApp;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    service = await startTestApp({ ROLE: 'api' });
  });

  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await service.close();
  });

  async function start(
    program: 'main' | 'worker',
    output: 'pipe' | number,
    preload = '',
  ): Promise<{ readonly child: ChildProcess; readonly url: string }> {
    const port = String(await freePort());
    const variable = program === 'main' ? { PORT: port } : { WORKER_PORT: port };
    const file = join(__dirname, `../../dist/src/${program}.js`);
    const child = spawn(
      process.execPath,
      ['--import', `data:text/javascript,${encodeURIComponent(preload)}`, file],
      {
        env: {
          PATH: process.env['PATH'],
          ...service.environment,
          LOG_LEVEL: 'warn',
          ...variable,
        },
        stdio: ['ignore', output, 'inherit'],
      },
    );
    children.push(child);
    const url = `http://127.0.0.1:${port}`;
    await until(`the ${program} is ready`, async () => {
      if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}.`);
      return (await fetch(`${url}/health/ready`).catch(() => undefined))?.ok;
    });
    return { child, url };
  }

  it.each([
    ['main', 'exception'],
    ['worker', 'rejection'],
  ] as const)(
    '(%s) ends on an %s that nobody caught with code 1 and one line, which quotes no message',
    async (program, failure) => {
      const { child } = await start(program, 'pipe', FAILURES[failure]);
      const ended = once(child, 'exit');
      const output = child.stdout ? text(child.stdout) : '';

      child.kill('SIGUSR2');
      const [code] = (await ended) as [number | null];

      const lines = (await output).trim().split('\n');
      expect(code).toBe(1);
      expect(lines).toHaveLength(1);
      expect(JSON.parse(lines[0] ?? '')).toMatchObject({
        level: 60,
        context: 'Process',
        err: { type: failure === 'exception' ? 'Error' : 'TypeError' },
        msg: 'an error that nobody expected ends the process',
      });
      expect(lines[0]).not.toContain('Mrs Example');
    },
  );

  it('goes on when its log cannot be written, because the disk behind it is full', async () => {
    const full = await open('/dev/full', 'w');
    const { child, url } = await start('main', full.fd);

    // Each of them is a line of the log.
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        fetch(`${url}/fhir/auth/token`, {
          method: 'POST',
          body: new URLSearchParams({ grant_type: 'x' }),
        }),
      ),
    );

    expect(answers.map(({ status }) => status)).toStrictEqual(
      Array.from({ length: 20 }, () => 400),
    );
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    expect(child.exitCode).toBeNull();
    await full.close();
  });
});
