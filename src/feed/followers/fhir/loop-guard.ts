import { SourceServerError } from './source.errors';

/**
 * Notices that pages come round again, in memory that does not grow with them: each is compared with one
 * that was kept, and the distance doubles (Brent's algorithm). A loop is found within a few rounds.
 */
export class LoopGuard {
  private kept: string | undefined;
  private distance = 1;
  private passed = 0;

  /** @throws SourceServerError when this was here before */
  check(page: string): void {
    if (page === this.kept) throw new SourceServerError('the pages of a search come round again');
    this.passed += 1;
    if (this.passed < this.distance && this.kept !== undefined) return;
    this.kept = page;
    this.distance *= 2;
    this.passed = 0;
  }
}
