import { ConfigurationError } from './config';

/** Exit code of sysexits.h for a faulty configuration: restarting will not help. */
const EX_CONFIG = 78;

/** Ends a process that could not start, with the reason on stderr and nothing else. */
export function failStart(error: unknown): never {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof ConfigurationError ? EX_CONFIG : 1);
}
