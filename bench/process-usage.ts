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
  return {
    cpuSeconds: stat === undefined ? undefined : cpuSeconds(stat, OWN),
    peakRssMegabytes: peakRssMegabytes(pid),
  };
}

/** The most memory that a process has had up to now. */
export function peakRssMegabytes(pid: number | undefined): number | undefined {
  const status = pid === undefined ? undefined : read(`/proc/${pid}/status`);
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status ?? '')?.[1];
  return kilobytes === undefined ? undefined : (Number(kilobytes) * 1024) / 1e6;
}

/** What the children of this process that have ended have used. */
export function childrenCpuSeconds(): number | undefined {
  const stat = read('/proc/self/stat');
  return stat === undefined ? undefined : cpuSeconds(stat, ENDED_CHILDREN);
}

/** What a process, its children and those that have ended have used, theirs apart. */
export function familyCpuSeconds(pid: number): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const children = read(`/proc/${pid}/task/${pid}/children`)?.trim().split(' ') ?? [];
  const living = children.map((child) => read(`/proc/${child}/stat`));
  return living.reduce(
    (sum, each) => sum + (each === undefined ? 0 : cpuSeconds(each, OWN)),
    cpuSeconds(stat, [...OWN, ...ENDED_CHILDREN]),
  );
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

/** Fields 14 to 17, counted behind the program's name, which may hold spaces (proc(5)). */
const OWN = [11, 12];
const ENDED_CHILDREN = [13, 14];

function cpuSeconds(stat: string, places: readonly number[]): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return places.reduce((sum, place) => sum + Number(fields[place]), 0) / TICKS;
}

function read(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch {
    return undefined; // no such process, or no /proc
  }
}
