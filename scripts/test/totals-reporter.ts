import { type JestResults, totalsOf } from './totals';

/** A jest reporter that sends the totals to the program that started jest. */
class TotalsReporter {
  onRunComplete(_contexts: unknown, results: JestResults): void {
    process.send?.(totalsOf(results));
  }
}

// jest loads a reporter with require() and takes the module itself for the class.
export = TotalsReporter;
