import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { freePort } from '../services';

const USUAL = 3000;
/** The processes of a run that was killed need a moment to go. */
const PATIENCE_MILLISECONDS = 5000;

/** The port that was asked for, else the usual one, else any. @throws Error when the one asked for is taken */
export async function choosePort(asked: number | undefined): Promise<number> {
  if (asked === undefined) return (await isFree(USUAL)) ? USUAL : await freePort();
  const deadline = Date.now() + PATIENCE_MILLISECONDS;
  while (!(await isFree(asked))) {
    if (Date.now() > deadline) {
      throw new Error(`Port ${asked} is in use: give another --port, or none to get a free one.`);
    }
    await delay(100);
  }
  return asked;
}

async function isFree(port: number): Promise<boolean> {
  const server = net.createServer();
  return await new Promise((resolve) => {
    server
      .once('error', () => {
        resolve(false);
      })
      .listen(port, '127.0.0.1', () => {
        server.close(() => {
          resolve(true);
        });
      });
  });
}
