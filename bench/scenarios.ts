import type { Bench } from './bench';
import type { Figures } from './figures';
import { rows } from './rows';

/** Something to measure, with medians over the rounds. */
interface Scenario {
  /** For --help. */
  readonly describe: string;
  run(bench: Bench): Promise<Figures>;
}

/** Everything that can be measured: a row here is all that a new scenario needs. */
export const SCENARIOS = {
  rows: {
    describe: 'a group of all patients, every type; beside psql COPY BINARY of the same rows',
    run: rows,
  },
} satisfies Readonly<Record<string, Scenario>>;

export type ScenarioName = keyof typeof SCENARIOS;

export function isScenario(name: string): name is ScenarioName {
  return Object.hasOwn(SCENARIOS, name);
}
