import type { CopyTimes } from './psql';

/** One export, and psql's copies of the same rows. Seconds, and bytes of NDJSON. */
export interface Round {
  readonly bytes: number;
  readonly storedBytes: number;
  readonly resources: number;
  readonly seconds: number;
  readonly cpuSeconds: number | undefined;
  readonly copy: CopyTimes | undefined;
}

/**
 * What a scenario reports. MB are 10^6 bytes of NDJSON, however they are stored; rates and CPU are
 * medians of the rounds, memory is the highest that a process had. Null where it was not measured. A
 * scenario may add figures of its own.
 */
export interface Figures extends Measured, Readonly<Record<string, unknown>> {
  readonly api_rss_mb: number | null;
  readonly worker_rss_mb: number | null;
  readonly patients: number;
  readonly rounds: number;
}

/** What rounds tell without the processes that ran them. */
export interface Measured {
  readonly bytes: number;
  readonly resources: number;
  /** From kick-off to complete, both as the service's own record has them. */
  readonly mb_per_s: number;
  readonly resources_per_s: number;
  /** Of the api and all workers, for one export. */
  readonly cpu_s_per_gb: number | null;
  /** Our rate over that of `psql` COPY BINARY of the same rows to a file, median of each round's. */
  readonly ratio_copy_binary: number | null;
  /** The same, over psql's piped into `gzip -1`. */
  readonly ratio_copy_gzip: number | null;
  readonly copy_binary_mb_per_s: number | null;
  readonly copy_gzip_mb_per_s: number | null;
  readonly stored_bytes: number;
  readonly seconds: number;
  readonly round_ratios: readonly number[];
  readonly round_mb_per_s: readonly number[];
}

export function figuresOf(rounds: readonly Round[]): Measured {
  const each = (figure: (round: Round) => number): number => rounded(median(rounds.map(figure)));
  const where = (figure: (round: Round) => number | undefined): number | null =>
    rounded(medianOf(rounds.map(figure)));
  const last = rounds.at(-1);
  return {
    bytes: last?.bytes ?? 0,
    resources: last?.resources ?? 0,
    mb_per_s: each(({ bytes, seconds }) => rate(bytes, seconds)),
    resources_per_s: each(({ resources, seconds }) => resources / seconds),
    cpu_s_per_gb: where(({ cpuSeconds, bytes }) =>
      cpuSeconds === undefined ? undefined : cpuSeconds / (bytes / 1e9),
    ),
    ratio_copy_binary: where(binaryRatio),
    ratio_copy_gzip: where(gzipRatio),
    copy_binary_mb_per_s: where(({ copy }) => copy && rate(copy.bytes, copy.binarySeconds)),
    copy_gzip_mb_per_s: where(
      ({ copy }) => copy?.gzipSeconds && rate(copy.bytes, copy.gzipSeconds),
    ),
    stored_bytes: last?.storedBytes ?? 0,
    seconds: each(({ seconds }) => seconds),
    round_ratios: rounds
      .map(binaryRatio)
      .flatMap((ratio) => ratio ?? [])
      .map((ratio) => rounded(ratio)),
    round_mb_per_s: rounds.map(({ bytes, seconds }) => rounded(rate(bytes, seconds))),
  };
}

/** MB/s. */
export const rate = (bytes: number, seconds: number): number => bytes / 1e6 / seconds;

export function binaryRatio({ bytes, seconds, copy }: Round): number | undefined {
  return copy && rate(bytes, seconds) / rate(copy.bytes, copy.binarySeconds);
}

function gzipRatio({ bytes, seconds, copy }: Round): number | undefined {
  return copy?.gzipSeconds && rate(bytes, seconds) / rate(copy.bytes, copy.gzipSeconds);
}

/** @throws RangeError without numbers */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)];
  const lower = sorted[Math.ceil(middle) - 1];
  if (upper === undefined || lower === undefined) throw new RangeError('No numbers, no median.');
  return (lower + upper) / 2;
}

/** The median, or null when it was not measured in every round. */
function medianOf(numbers: readonly (number | undefined)[]): number | null {
  const measured = numbers.filter((number) => number !== undefined);
  return measured.length === numbers.length ? median(measured) : null;
}

/** Three digits tell apart what can be told apart here. */
export function rounded(number: number): number;
export function rounded(number: number | null): number | null;
export function rounded(number: number | null): number | null {
  return number === null ? null : Number(number.toPrecision(3));
}
