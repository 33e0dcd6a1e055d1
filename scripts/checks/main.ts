/**
 * Checks and tools that need a migrated database:
 *   node scripts/run.mjs checks migrations      up, down to nothing, up again; the dump is current
 *   node scripts/run.mjs checks schema          the dump is current
 *   node scripts/run.mjs checks write-schema    writes the dump
 */
import { freshDatabase } from '../database/fresh-database';
import { serviceCli } from '../database/service-cli';
import { reportFailure } from '../report-failure';
import { withTemporaryServices } from '../services';
import { leftovers } from './leftovers';

type Cli = (...args: string[]) => Promise<unknown>;

const CHECKS: Record<string, (cli: Cli, databaseUrl: string) => Promise<void>> = {
  async migrations(cli, databaseUrl) {
    await cli('migrate');
    await cli('schema', '--check');
    await cli('migrate', '--down-all');
    const left = await leftovers(databaseUrl);
    if (left.length > 0) throw new Error(`Migrations down leave behind: ${left.join(', ')}`);
    await cli('migrate');
    await cli('schema', '--check');
    console.log('Migrations: up, down to nothing and up again give the committed schema.');
  },
  async schema(cli) {
    await cli('migrate');
    await cli('schema', '--check');
  },
  async 'write-schema'(cli) {
    await cli('migrate');
    await cli('schema');
  },
};

async function main([name = '']: readonly string[]): Promise<void> {
  const check = CHECKS[name];
  if (!check) throw new Error(`Say which: ${Object.keys(CHECKS).join(', ')}.`);
  await withTemporaryServices(async (services) => {
    const databaseUrl = await freshDatabase(services.databaseUrl, 'bulk_checks');
    const environment = { ...services.environment, DATABASE_URL: databaseUrl };
    await check((...args) => serviceCli(args, environment), databaseUrl);
  });
}

main(process.argv.slice(2)).catch(reportFailure);
