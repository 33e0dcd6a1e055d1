import fs from 'node:fs';

import type { TiedProcess } from '../scripts/services';

/** Jiffies in a second: a constant of Linux's interface to programs. */
const TICKS = 100;

/** What the system counts of a program. Undefined members where there is no /proc. */
export interface Usage {
  readonly cpuSeconds: number | undefined;
  readonly peakRssMegabytes: number | undefined;
}

/** What a program has used up to now, threads included. */
export function usageOf(tied: TiedProcess): Usage {
  const pid = programOf(tied);
  const stat = pid === undefined ? undefined : read(`/proc/${pid}/stat`);
  const status = pid === undefined ? undefined : read(`/proc/${pid}/status`);
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status ?? '')?.[1];
  return {
    cpuSeconds: stat === undefined ? undefined : cpuSeconds(stat),
    peakRssMegabytes: kilobytes === undefined ? undefined : (Number(kilobytes) * 1024) / 1e6,
  };
}

export function difference(
  after: number | undefined,
  before: number | undefined,
): number | undefined {
  return after === undefined || before === undefined ? undefined : after - before;
}

/** The watchdog's only child. */
function programOf({ watchdogPid: pid }: TiedProcess): number | undefined {
  const children = pid === undefined ? undefined : read(`/proc/${pid}/task/${pid}/children`);
  return Number(children?.trim().split(' ')[0]) || undefined;
}

/** Fields 14 and 15, counted behind the program's name, which may hold spaces (proc(5)). */
function cpuSeconds(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

function read(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch {
    return undefined; // no such process, or no /proc
  }
}
