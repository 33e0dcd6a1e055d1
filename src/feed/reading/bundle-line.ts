import { readEnvelope } from './bundle-entries';
import { compactJson } from './json-compact';

const CHANGES = ['transaction', 'batch', 'history'];

/**
 * True for a line that is a Bundle of changes: what it holds is taken in, entry by entry, as Bulk Data's
 * `deleted` files want it. Other Bundles are resources of their own.
 */
export function isBundleOfChanges(line: Buffer): boolean {
  if (!line.includes('"Bundle"')) return false;
  try {
    return CHANGES.includes(readEnvelope(compactJson(line))?.type ?? '');
  } catch {
    // What is no JSON is told of as any other line.
    return false;
  }
}
