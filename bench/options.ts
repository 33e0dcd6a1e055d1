import yargs from 'yargs';

import type { Effort } from './bench';
import { isScenario, type ScenarioName, SCENARIOS } from './scenarios';

export interface BenchOptions extends Effort {
  /** No table for people. */
  readonly json: boolean;
  readonly scenarios: readonly ScenarioName[];
}

/** About 200 MB of NDJSON. */
const DEFAULT_PATIENTS = 2000;

/** Reads the command line; `--help` and faults end the process, with an explanation. */
export async function readOptions(args: readonly string[]): Promise<BenchOptions> {
  const names = Object.entries(SCENARIOS).map(([name, { describe }]) => `  ${name}: ${describe}`);
  const given = await yargs([...args])
    .scriptName('npm run bench --')
    .usage(`$0 [options]\n\nMeasures exports of generated patients.\n\n${names.join('\n')}`)
    .option('patients', { type: 'number', default: DEFAULT_PATIENTS, describe: 'How many' })
    .option('rounds', { type: 'number', default: 5, describe: 'Rounds; medians are reported' })
    .option('json', { type: 'boolean', default: false, describe: 'Print nothing but the JSON' })
    .option('scenario', {
      type: 'string',
      array: true,
      default: Object.keys(SCENARIOS),
      choices: Object.keys(SCENARIOS),
      describe: 'What to measure; repeatable',
    })
    .check(({ patients, rounds }) => {
      const areCounts = [patients, rounds].every(
        (value) => Number.isSafeInteger(value) && value > 0,
      );
      if (!areCounts) throw new Error('--patients and --rounds take whole numbers from 1.');
      return true;
    })
    .strict()
    .version(false)
    .parseAsync();
  const { patients, rounds, json } = given;
  return { patients, rounds, json, scenarios: given.scenario.filter(isScenario) };
}
