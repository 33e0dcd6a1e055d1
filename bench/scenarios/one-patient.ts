import { cpuMeter } from '../all-processes';
import { type Bench, ONE_PATIENT } from '../bench';
import { median, rounded } from '../figures';
import { exportAtOnce, exportsInTurn, type SmallExport, smallFigures } from '../small-exports';

const IN_TURN = 20;
const AT_ONCE = 50;

/** Exports everything of one patient: one export after the other, then many at once. */
export function onePatient(bench: Bench): Promise<Readonly<Record<string, unknown>>> {
  return bench.serve({ settings: { LOG_LEVEL: 'warn' } }, async (served) => {
    const meter = await cpuMeter(bench, served);
    const inTurn = { group: ONE_PATIENT, count: IN_TURN, meter };
    const atOnce = { group: ONE_PATIENT, count: AT_ONCE };
    await exportsInTurn(bench, served, inTurn);
    const rounds: SmallExport[] = [];
    const rates: number[] = [];
    while (rounds.length < bench.effort.rounds) {
      rounds.push(await exportsInTurn(bench, served, inTurn));
      rates.push(AT_ONCE / (await exportAtOnce(bench, served, atOnce)).seconds);
    }
    return {
      ...smallFigures(rounds),
      exports_at_once: AT_ONCE,
      exports_per_s: rounded(median(rates)),
      ...bench.effort,
    };
  });
}
