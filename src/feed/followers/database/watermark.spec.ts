import type { Mark } from '../marks';
import type { SourceSession } from './source-session';
import { takeMark } from './watermark';

const OPTIONS = { overlap: 300, clockSkew: 2, watermark: 'transactions' as const };
const at = (time: string): string => `2026-12-01T${time}.000Z`;

describe('The mark of a PostgreSQL', () => {
  const NONE = { oldest: null, hidden: 'f', standby: 'f', prepared: null };

  async function settled(
    transactions: Partial<Record<keyof typeof NONE, string>>,
    before?: Mark,
  ): Promise<string> {
    const answers = [
      { now: at('10:00:00') },
      { ...NONE, ...transactions },
      { now: at('09:30:00') }, // up to where it has replayed
    ];
    const session = {
      dialect: { clock: 'clock', tellsTransactions: true },
      query: () => Promise.resolve(answers.shift()),
    };
    const source = session as unknown as SourceSession; // it is asked nothing else
    return (await takeMark(source, OPTIONS, new Date(at('10:00:00')), before)).settled;
  }

  it('lies before the oldest transaction that runs, else before now', async () => {
    expect(await settled({ oldest: at('09:00:00') })).toBe('2026-12-01T08:59:57.999Z');
    expect(await settled({})).toBe('2026-12-01T09:59:57.999Z');
  });

  it('stays where it was while a transaction is prepared, for that may have begun then', async () => {
    const before = { clock: at('08:00:00'), ownClock: at('08:00:00'), settled: at('07:59:00') };

    expect(await settled({ prepared: at('08:30:00') }, before)).toBe(at('07:59:00'));
  });

  it('of the first reading lies before a prepared transaction by the overlap', async () => {
    expect(await settled({ prepared: at('06:00:00') })).toBe(at('05:55:00'));
  });

  it('of a standby is up to where it has replayed, of hidden sessions the clock, less the overlap', async () => {
    expect(await settled({ standby: 't' })).toBe(at('09:25:00'));
    expect(await settled({ hidden: 't' })).toBe(at('09:55:00'));
  });
});
