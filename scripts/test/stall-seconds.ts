/** Above the 300 s that the longest tests give themselves. */
const DEFAULT_SECONDS = 420;

/** How long a test, or a hook, may go on without an end: TEST_STALL_SECONDS. */
export function stallSeconds(): number {
  return Number(process.env['TEST_STALL_SECONDS'] ?? DEFAULT_SECONDS);
}
