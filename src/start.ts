import { once } from 'node:events';
import { Server } from 'node:http';

import { type INestApplication, Logger } from '@nestjs/common';
import { pino } from 'pino';

import { errorFacts, logDestination } from './common';
import { type Config, ConfigurationError, processEnvironment, readConfig } from './config';

/**
 * The configuration of this process. What looks like a setting and is none goes to the log.
 *
 * @throws ConfigurationError
 */
export function processConfig(): Config {
  const log = pino({ base: { pid: process.pid, context: 'Configuration' } }, logDestination());
  const environment = processEnvironment((reason) => {
    log.warn({ reason }, 'a variable is not known');
  });
  return readConfig(environment);
}

/**
 * Begins to serve.
 *
 * @param setting the variable that the port comes from
 * @throws Error that names the setting at fault
 */
export async function listen(
  app: INestApplication | Server,
  {
    host,
    port,
    setting,
  }: { readonly host: string; readonly port: number; readonly setting: string },
): Promise<void> {
  try {
    await (app instanceof Server ? listening(app.listen(port, host)) : app.listen(port, host));
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new Error(
      LISTENING[code]?.(`${setting} ${port}`) ?? `HOST is no address of this machine: ${code}.`,
      { cause: error },
    );
  }
}

async function listening(server: Server): Promise<void> {
  await once(server, 'listening');
}

const LISTENING: Readonly<Record<string, (place: string) => string>> = {
  EADDRINUSE: (place) => `${place} is taken by another process; set a free port.`,
  EACCES: (place) => `${place} may not be used by this user; set a port above 1023.`,
};

/** Ends a process that could not start, with the reason on stderr and nothing else. */
export function failStart(error: unknown): never {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof ConfigurationError ? error.exitCode : 1);
}

/**
 * Ends the process on an error that nobody has caught, an exception or a rejection, with one line in the
 * log and exit code 1. What state it left behind is unknown, and others take the work over; the platform
 * starts a new one. Messages of errors may quote patients' data: the line has none.
 */
export function endOnUnexpectedErrors(): void {
  // Rejections come here, too, unless somebody listens to them.
  process.on('uncaughtException', endUnexpectedly);
}

/** What becomes of an error that nobody has caught. @param origin as Node names it */
export function endUnexpectedly(error: unknown, origin: string): never {
  const log = pino({ base: { pid: process.pid, context: 'Process' } }, logDestination());
  log.fatal({ err: errorFacts(error), origin }, 'an error that nobody expected ends the process');
  process.exit(1);
}

/** Less than what platforms wait before they kill. */
const END_MILLISECONDS = 8000;

/**
 * Ends a process that was told to, also when what it waits for, a database say, does not answer. Only for
 * processes whose work others can take over at any moment.
 */
export function endInTime(): void {
  const begin = (): void => {
    const end = (): void => {
      new Logger('Shutdown').warn('what this process waits for does not answer; it ends without');
      process.exit(1);
    };
    setTimeout(end, END_MILLISECONDS).unref();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, begin);
}
