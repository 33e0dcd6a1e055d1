import type { Bench } from '../bench';
import { clients } from './clients';
import { ingest } from './ingest';
import { onePatient } from './one-patient';
import { rows } from './rows';
import { segments } from './segments';
import { since } from './since';
import { small } from './small';
import { smallGroup } from './small-group';
import { twoWorkers } from './two-workers';
import { writes } from './writes';

/** Something to measure, with medians over the rounds. */
interface Scenario {
  /** For --help. */
  readonly describe: string;
  run(bench: Bench): Promise<Readonly<Record<string, unknown>>>;
}

/** Everything that can be measured: a row here is all that a new scenario needs. */
export const SCENARIOS = {
  rows: { describe: 'a group of all patients, every type, read from the rows', run: rows },
  segments: { describe: 'the same from packed segments, in gzip files', run: segments },
  'small-group': { describe: 'a group of one patient of a hundred', run: smallGroup },
  'one-patient': {
    describe: 'everything of one patient, in turn and many at once',
    run: onePatient,
  },
  small: {
    describe: 'everything of few patients (give --patients 440), and its download',
    run: small,
  },
  since: { describe: 'what has changed, with _since: one resource of a hundred', run: since },
  clients: { describe: 'downloads by eight clients at once', run: clients },
  'two-workers': { describe: 'one worker, then two', run: twoWorkers },
  ingest: {
    describe: 'the way in: new, unchanged and changed resources, and exports beside',
    run: ingest,
  },
  writes: { describe: 'single resources, put on 32 connections at a time', run: writes },
} satisfies Readonly<Record<string, Scenario>>;

export type ScenarioName = keyof typeof SCENARIOS;

export function isScenario(name: string): name is ScenarioName {
  return Object.hasOwn(SCENARIOS, name);
}
