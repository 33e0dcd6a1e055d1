import { createHash } from 'node:crypto';

import type { Findings } from './findings';
import type { NormalForm } from './normal-form';
import { keyOf } from './resource-facts';
import { resourceLines } from './resource-lines';
import { Spill } from './spill';

/** Numbers for type names, in order of appearance. */
export class TypeNumbers {
  readonly names: string[] = [];
  private readonly numbers = new Map<string, number>();

  of(name: string): number {
    const known = this.numbers.get(name);
    if (known !== undefined) return known;
    this.numbers.set(name, this.names.length);
    return this.names.push(name) - 1;
  }
}

export interface Fingerprinting {
  /** For the fingerprints; emptied first. */
  readonly folder: string;
  readonly form: NormalForm;
  readonly types: TypeNumbers;
  /** Told of lines that are no resource. */
  readonly findings: Findings | undefined;
  readonly signal: AbortSignal;
}

/** Reads every resource of the files once and keeps its fingerprint. */
export async function fingerprint(
  files: readonly string[],
  { folder, form, types, findings, signal }: Fingerprinting,
): Promise<Spill> {
  const spill = new Spill(folder);
  for (const [number, file] of files.entries()) {
    for await (const batch of resourceLines(file)) {
      signal.throwIfAborted();
      for (const line of batch) {
        const key = keyOf(line);
        if (!key) {
          findings?.add('line(s) of the export are no resource', `${file}:${line.number}`);
          continue;
        }
        const place = { file: number, line: line.number };
        const digestOfKey = digest(`${key.type}/${key.id}`);
        spill.add(digestOfKey, digest(form(line.text)), types.of(key.type), place);
      }
    }
  }
  return spill;
}

function digest(data: string | Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}
