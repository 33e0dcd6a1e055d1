/**
 * npm test [-- jest arguments]: every unit, e2e and contract test against a PostgreSQL and a Redis of
 * our own (or DATABASE_URL, REDIS_URL). Ends with one line, `N passed, N failed`.
 */
import fs from 'node:fs';
import path from 'node:path';

import { freshDatabase } from '../database/fresh-database';
import { serviceCli } from '../database/service-cli';
import { reportFailure } from '../report-failure';
import { projectRoot, type Services, withTemporaryServices } from '../services';
import { runJest } from './run-jest';
import { suitesTogether } from './suites-together';
import { closingLine, exitCodeOf, NOTHING_RAN } from './totals';

const TEMPLATE = 'bulk_template';

async function main(args: readonly string[]): Promise<void> {
  const { totals, exitCode } = await withTemporaryServices(async (services) => {
    const url = await freshDatabase(services.databaseUrl, TEMPLATE);
    await serviceCli(['migrate'], { ...services.environment, DATABASE_URL: url });
    const root = projectRoot();
    // Of this process: runs may go on beside each other.
    const together = path.join(root, `.test/together-${process.pid}`);
    try {
      const suites = suitesTogether(root, args, together);
      return await runJest(root, suites, environmentFor(services), crashOf(services));
    } finally {
      fs.rmSync(together, { recursive: true, force: true });
    }
  });
  if (exitCode !== 0 && totals.failed === 0) console.log(`jest ended with exit code ${exitCode}`);
  console.log(closingLine(totals));
  process.exitCode = exitCodeOf(totals, exitCode);
}

/** Without its servers every test would wait in vain. */
function crashOf(services: Services): AbortSignal {
  const crash = new AbortController();
  void services.ended.then((sentence) => {
    console.error(sentence);
    crash.abort();
  });
  return crash.signal;
}

/** Tests find the servers by names of their own, so that none uses a database it did not make. */
function environmentFor(services: Services): NodeJS.ProcessEnv {
  const { DATABASE_URL, REDIS_URL, ...compatibility } = services.environment;
  return {
    ...process.env,
    ...compatibility,
    DATABASE_URL: undefined,
    REDIS_URL: undefined,
    TEST_DATABASE_URL: DATABASE_URL,
    TEST_REDIS_URL: REDIS_URL,
    TEST_TEMPLATE_DATABASE: TEMPLATE,
    EMBEDDED: 'true',
    NODE_ENV: 'test',
  };
}

main(process.argv.slice(2)).catch((error: unknown) => {
  reportFailure(error);
  console.log(closingLine(NOTHING_RAN));
});
