import { isLinkableType, OFFERED_BY_DEFAULT } from '@app/fhir';

import type { Findings } from './findings';
import { keyOf, parse, patientOf, pointersIn, type Resource, targetsOf } from './resource-facts';
import { resourceLines } from './resource-lines';
import type { Place } from './spill';

export interface Missing {
  readonly places: readonly (Place & { readonly typeName: string })[];
  readonly inputFiles: readonly string[];
  readonly exportFiles: readonly string[];
  /** `file:line` of what the loader has refused. */
  readonly refused: ReadonlySet<string>;
  /** Takes what is wrong. */
  readonly findings: Findings;
  /** Takes what is right, with its reason. */
  readonly reasons: Findings;
  readonly signal: AbortSignal;
}

/** The demo offers what deployments do that say nothing else. */
const OFFERED: ReadonlySet<string> = new Set(OFFERED_BY_DEFAULT);

/**
 * Says of every resource that was loaded and not exported why that is right, or that it is not. Knows
 * nothing of the service: it looks at what the resources themselves say.
 */
export async function explainMissing(missing: Missing): Promise<void> {
  const { places, inputFiles, refused, reasons } = missing;
  for (const place of refused) reasons.add('line(s) or entries refused by the loader', place);
  const doubtful = new Map<number, Set<number>>();
  for (const { typeName, file, line } of places) {
    if (refused.has(`${inputFiles[file] ?? ''}:${line}`)) continue;
    if (OFFERED.has(typeName)) setOf(doubtful, file).add(line);
    else reasons.add(`${typeName}, a type that is not exported`);
  }
  if (doubtful.size === 0) return;
  const search = new Search(missing);
  await search.readInput(doubtful);
  await search.readExport();
}

class Search {
  /** Patients of the export. */
  private readonly members = new Set<string>();
  /** Resources that would have been exported if something exported pointed at them. */
  private readonly unlinked = new Set<string>();
  /** Of Provenance: what it is about. */
  private readonly unrelated = new Map<string, string>();
  private readonly owned: { readonly name: string; readonly patient: string }[] = [];

  constructor(private readonly missing: Missing) {}

  async readInput(doubtful: ReadonlyMap<number, ReadonlySet<number>>): Promise<void> {
    const { inputFiles } = this.missing;
    for (const [number, lines] of doubtful) {
      const file = inputFiles[number] ?? '';
      for await (const batch of this.batches(file)) {
        for (const line of batch) {
          if (!lines.has(line.number)) continue;
          const key = keyOf(line);
          const resource = parse(line.text);
          if (key && resource) this.sort(key.type, `${key.type}/${key.id}`, resource);
        }
      }
    }
  }

  /** One pass over the export: patients first, since others are judged by them. */
  async readExport(): Promise<void> {
    const { exportFiles, findings, reasons } = this.missing;
    for (const file of exportFiles) {
      for await (const batch of this.batches(file)) {
        for (const line of batch) {
          const key = keyOf(line);
          if (key) this.look(key.type, key.id, line.text);
        }
      }
    }
    for (const { name, patient } of this.owned) {
      if (this.members.has(patient)) findings.add(NOT_EXPORTED, name);
      else reasons.add('of a patient who is not in the group', name);
    }
    for (const name of this.unlinked) reasons.add('not pointed at by anything exported', name);
    for (const name of new Set(this.unrelated.values())) {
      reasons.add('about nothing that was exported', name);
    }
  }

  private sort(type: string, name: string, resource: Resource): void {
    const { findings, reasons } = this.missing;
    const patient = patientOf(resource);
    if (type === 'Group') reasons.add('a group other than the one exported', name);
    else if (type === 'Patient') findings.add(NOT_EXPORTED, name);
    else if (patient !== undefined) this.owned.push({ name, patient });
    else if (isLinkableType(type)) this.unlinked.add(name);
    else if (type === 'Provenance') this.sortProvenance(name, resource);
    else reasons.add('not about any patient', name);
  }

  private sortProvenance(name: string, resource: Resource): void {
    // What is in nobody's compartment brings no Provenance along.
    const targets = targetsOf(resource).filter(
      (target) => !isLinkableType(target.split('/')[0] ?? ''),
    );
    if (targets.length === 0) this.missing.reasons.add('about nothing that was exported', name);
    for (const target of targets) this.unrelated.set(target, name);
  }

  private look(type: string, id: string, text: Buffer): void {
    const { findings } = this.missing;
    if (type === 'Patient') this.members.add(id);
    const provenance = this.unrelated.get(`${type}/${id}`);
    if (provenance !== undefined) {
      findings.add(NOT_EXPORTED, provenance);
      this.unrelated.delete(`${type}/${id}`);
    }
    // A Provenance or a Group brings nothing along.
    if (this.unlinked.size === 0 || type === 'Provenance' || type === 'Group') return;
    for (const pointer of pointersIn(text)) {
      if (this.unlinked.delete(pointer)) findings.add(NOT_EXPORTED, pointer);
    }
  }

  private async *batches(file: string): ReturnType<typeof resourceLines> {
    for await (const batch of resourceLines(file)) {
      this.missing.signal.throwIfAborted();
      yield batch;
    }
  }
}

const NOT_EXPORTED = 'loaded resource(s) should have been exported';

function setOf(sets: Map<number, Set<number>>, key: number): Set<number> {
  const known = sets.get(key) ?? new Set<number>();
  sets.set(key, known);
  return known;
}
