/** What a scenario reports. MB are 10^6 bytes of NDJSON; medians of the rounds unless they are peaks. */
export interface Figures {
  /** From kick-off to complete, both as the service's own record has them. */
  readonly mb_per_s: number;
  readonly resources_per_s: number;
  /** The same as a client sees it, who may ask only once a second. */
  readonly client_mb_per_s: number;
  readonly download_mb_per_s: number;
  /** For one export and its download. Null where the system does not tell. */
  readonly api_cpu_s: number | null;
  readonly worker_cpu_s: number | null;
  readonly cpu_s_per_gb: number | null;
  readonly api_peak_rss_mb: number | null;
  readonly worker_peak_rss_mb: number | null;
  /** The service's rate over psql's, median of the ratios of each round. Null without psql. */
  readonly ratio_copy_binary: number | null;
  readonly copy_binary_mb_per_s: number | null;
  readonly round_ratios: readonly number[];
  readonly round_mb_per_s: readonly number[];
  readonly bytes: number;
  readonly resources: number;
  readonly patients: number;
  readonly rounds: number;
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
export function medianOf(numbers: readonly (number | undefined)[]): number | null {
  const measured = numbers.filter((number) => number !== undefined);
  return measured.length === numbers.length ? median(measured) : null;
}

/** Three digits tell apart what can be told apart here. */
export function rounded(number: number): number;
export function rounded(number: number | null): number | null;
export function rounded(number: number | null): number | null {
  return number === null ? null : Number(number.toPrecision(3));
}
