import { writeFileSync } from 'node:fs';

import { type FromJest, type JestResults, passedTests, totalsOf } from './totals';

/**
 * A jest reporter that tells the program that started jest how it goes, and writes the names of the
 * tests that have passed into the file that TEST_PASSED names.
 */
class TotalsReporter {
  private readonly running = new Set<string>();

  onTestFileStart({ path }: { readonly path: string }): void {
    this.running.add(path);
    this.tell();
  }

  onTestCaseResult(): void {
    this.tell();
  }

  onTestFileResult({ path }: { readonly path: string }): void {
    this.running.delete(path);
    this.tell();
  }

  onRunComplete(_contexts: unknown, results: JestResults): void {
    const file = process.env['TEST_PASSED'];
    if (file) writeFileSync(file, JSON.stringify(passedTests(results)));
    process.send?.({ totals: totalsOf(results) } satisfies FromJest);
  }

  private tell(): void {
    process.send?.({ running: [...this.running] } satisfies FromJest);
  }
}

// jest loads a reporter with require() and takes the module itself for the class.
export = TotalsReporter;
