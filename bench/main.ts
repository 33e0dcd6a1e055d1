/**
 * npm run bench [-- options]: how fast the service exports, beside `psql` COPY of the same rows in the
 * same minutes. Prints one line of JSON for each scenario on standard output; all else goes to
 * standard error. --help tells the options.
 */
import { listenForInterruption } from '../scripts/interruption';
import { reportFailure } from '../scripts/report-failure';
import { withBench } from './bench';
import { readOptions } from './options';
import { readableReport } from './report';
import { SCENARIOS } from './scenarios';

async function main(args: readonly string[]): Promise<void> {
  const options = await readOptions(args);
  const signal = listenForInterruption();
  const { patients, rounds } = options;
  await withBench({ patients, rounds }, signal, async (bench) => {
    for (const name of options.scenarios) {
      const figures = await SCENARIOS[name].run(bench);
      const result = { scenario: name, ...figures, machine: bench.machine() };
      if (!options.json) console.error(`\n${readableReport(result)}\n`);
      console.log(JSON.stringify(result));
    }
  });
}

main(process.argv.slice(2)).catch(reportFailure);
