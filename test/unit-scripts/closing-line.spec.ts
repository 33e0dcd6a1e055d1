import { closingLine, exitCodeOf, type JestResults, totalsOf } from '../../scripts/test/totals';

const results = (some: Partial<JestResults>): JestResults => ({
  numPassedTests: 0,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  numRuntimeErrorTestSuites: 0,
  testResults: [],
  ...some,
});

describe('the closing line of npm test', () => {
  it('names passed and failed tests', () => {
    const totals = totalsOf(results({ numPassedTests: 41, numFailedTests: 1 }));

    expect(closingLine(totals)).toBe('41 passed, 1 failed');
  });

  it('adds skipped tests when there are any', () => {
    const totals = totalsOf(results({ numPassedTests: 3, numPendingTests: 1, numTodoTests: 1 }));

    expect(closingLine(totals)).toBe('3 passed, 0 failed, 2 skipped');
  });

  it('counts a suite that could not run as failed', () => {
    const totals = totalsOf(results({ numPassedTests: 3, numRuntimeErrorTestSuites: 2 }));

    expect(closingLine(totals)).toBe('3 passed, 2 failed');
  });
});

describe('the exit code of npm test', () => {
  it.each([
    { what: 'all passed', passed: 3, failed: 0, jest: 0, expected: 0 },
    { what: 'one failed', passed: 3, failed: 1, jest: 0, expected: 1 },
    { what: 'nothing ran', passed: 0, failed: 0, jest: 0, expected: 1 },
    { what: 'jest itself failed', passed: 3, failed: 0, jest: 1, expected: 1 },
  ])('is $expected when $what', ({ passed, failed, jest: jestExitCode, expected }) => {
    expect(exitCodeOf({ passed, failed, skipped: 0 }, jestExitCode)).toBe(expected);
  });
});
