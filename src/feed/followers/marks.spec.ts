import { nextBeginning } from './marks';

const OPTIONS = { overlap: 300, clockSkew: 2, watermark: 'transactions' as const };
const at = (time: string): string => `2026-12-01T${time}.000Z`;

describe('The beginning of the next reading', () => {
  it('lies before the last by the overlap', () => {
    const before = { clock: at('10:00:00'), ownClock: at('10:00:07'), settled: at('09:59:58') };
    const now = { clock: at('10:00:10'), ownClock: at('10:00:17') };

    expect(nextBeginning(before, now, OPTIONS).toISOString()).toBe(at('09:55:00'));
  });

  it('is the oldest transaction that ran then, when that began before', () => {
    const before = { clock: at('10:00:00'), ownClock: at('10:00:00'), settled: at('08:00:00') };
    const now = { clock: at('10:00:10'), ownClock: at('10:00:10') };

    expect(nextBeginning(before, now, OPTIONS).toISOString()).toBe(at('08:00:00'));
  });

  it('follows a clock that was put back, whatever it shows beside ours', () => {
    const before = { clock: at('11:00:00'), ownClock: at('10:00:00'), settled: at('11:00:00') };
    const now = { clock: at('10:30:00'), ownClock: at('10:30:00') };

    expect(nextBeginning(before, now, OPTIONS).toISOString()).toBe(at('09:55:00'));
  });

  it('does not skip what a clock that was put forward may have stamped before', () => {
    const before = { clock: at('10:00:00'), ownClock: at('10:00:00'), settled: at('10:00:00') };
    const now = { clock: at('12:00:10'), ownClock: at('10:00:10') };

    expect(nextBeginning(before, now, OPTIONS).toISOString()).toBe(at('09:55:00'));
  });
});
