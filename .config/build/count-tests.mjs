/** Prints `passed failed skipped` of a vitest report; a report that is missing, empty or unreadable counts as one failure. */
import { readFileSync } from 'node:fs';

function counts(path) {
  try {
    const report = JSON.parse(readFileSync(path, 'utf8'));
    const { numPassedTests: passed, numFailedTests: failed, numPendingTests: skipped, success } = report;
    // A file that breaks before its first test fails the run without a failed test; a run without tests proves nothing.
    const broken = failed === 0 && (!success || passed === 0) ? 1 : 0;
    return [passed, failed + broken, skipped];
  } catch {
    return [0, 1, 0];
  }
}

console.log(counts(process.argv[2]).join(' '));
