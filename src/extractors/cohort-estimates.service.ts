import { Injectable } from '@nestjs/common';

import type { ResourceType } from '@app/fhir';

import { ClinicalStatistics, type PatientBytes, type TypeStatistics } from '../clinical-data';
import { ExtractorRegistry } from './extractor-registry';
import { RESOURCE_CATALOG } from './resource-catalog';
import { SLOTS } from './resource-extractor';
import { type CohortSlot, type SampledMember, sampleOf, slotWeights } from './slot-weights';

export type { CohortSlot } from './slot-weights';

/** A type of an export with the bytes that it is expected to give. */
export interface TypeEstimate {
  readonly type: ResourceType;
  readonly divisible: boolean;
  readonly bytes: number;
  /** How the bytes are spread over the slots, by share; undefined: evenly. */
  readonly weights?: readonly number[];
}

type OwnBytes = readonly Omit<PatientBytes, 'type'>[];

/**
 * Estimates what an export will give, for cutting it and for weighing progress; never used to decide
 * what is exported. Members weigh what they weigh: of a small cohort every member is asked, of a large
 * one some, spread evenly over it.
 */
@Injectable()
export class CohortEstimates {
  constructor(
    private readonly statistics: ClinicalStatistics,
    private readonly registry: ExtractorRegistry,
  ) {}

  /** One estimate for each of `types`. @param since only what is newer counts */
  async of(
    types: readonly ResourceType[],
    cohort: readonly CohortSlot[],
    since: string | undefined,
  ): Promise<readonly TypeEstimate[]> {
    const sample = sampleOf(cohort);
    const own = await this.ownBytes(types, sample, since);
    const size = new CohortSize(cohort, sample, await this.links(types, sample));
    const estimates: TypeEstimate[] = [];
    for (const type of types) {
      const { divisible } = this.registry.get(type);
      const weights = own && kindOf(type) !== 'linked' ? ownWeights(type, own, sample) : undefined;
      const bytes = await this.bytesOf(type, size, weights);
      // What is linked is spread by the hash of its id, not by patient.
      const spread = kindOf(type) === 'patient' ? weights : undefined;
      estimates.push({ type, divisible, bytes, ...(spread ? { weights: spread } : {}) });
    }
    return estimates;
  }

  /** Which share of the store’s patients a cohort is, of 0 to 1. */
  async shareOf(cohort: readonly CohortSlot[]): Promise<number> {
    return share(membersOf(cohort), await this.statistics.ofType('Patient'));
  }

  /** One estimate for each of `types`, of all that the store holds. */
  async ofStore(types: readonly ResourceType[]): Promise<readonly TypeEstimate[]> {
    const estimates: TypeEstimate[] = [];
    for (const type of types) {
      const { divisible } = this.registry.get(type);
      estimates.push({ type, divisible, bytes: (await this.statistics.ofType(type)).bytes });
    }
    return estimates;
  }

  private async bytesOf(
    type: ResourceType,
    size: CohortSize,
    weights: readonly number[] | undefined,
  ): Promise<number> {
    const kind = kindOf(type);
    const own = weights ? sum(weights) : undefined;
    if (kind === 'patient' && own !== undefined) return Math.ceil(own);
    const store = await this.statistics.ofType(type);
    if (kind === 'patient' || kind === 'custom') {
      return Math.ceil(store.bytes * size.share(await this.statistics.ofType('Patient')));
    }
    return Math.ceil(Math.min(store.bytes, (own ?? 0) + size.linkedBytes(type, store)));
  }

  /** By type, what the sampled members have; undefined when the source is too slow to be asked. */
  private async ownBytes(
    types: readonly ResourceType[],
    sample: readonly SampledMember[],
    since: string | undefined,
  ): Promise<ReadonlyMap<ResourceType, OwnBytes> | undefined> {
    const owned = types.filter((type) => ['patient', 'owned-or-linked'].includes(kindOf(type)));
    const ids = sample.map(({ id }) => id);
    const rows = await this.statistics.ofPatients(ids, owned, since).catch(() => undefined);
    if (!rows) return undefined;
    const byType = new Map<ResourceType, PatientBytes[]>();
    for (const row of rows) {
      const same = byType.get(row.type);
      if (same) same.push(row);
      else byType.set(row.type, [row]);
    }
    return byType;
  }

  private links(
    types: readonly ResourceType[],
    sample: readonly SampledMember[],
  ): Promise<ReadonlyMap<ResourceType, number>> {
    const linked = types.filter((type) => ['linked', 'owned-or-linked'].includes(kindOf(type)));
    return this.statistics
      .linksOf(
        sample.map(({ id }) => id),
        linked,
      )
      .catch(() => new Map<ResourceType, number>());
  }
}

/** How large a cohort is beside the store. */
class CohortSize {
  private readonly members: number;

  constructor(
    cohort: readonly CohortSlot[],
    readonly sample: readonly SampledMember[],
    private readonly links: ReadonlyMap<ResourceType, number>,
  ) {
    this.members = membersOf(cohort);
  }

  share(patients: TypeStatistics): number {
    return share(this.members, patients);
  }

  /** At most what all members' links point at, as if none pointed at the same. */
  linkedBytes(type: ResourceType, store: TypeStatistics): number {
    const each = store.bytes / Math.max(1, store.resources);
    return this.members * (this.links.get(type) ?? 0) * each;
  }
}

function membersOf(cohort: readonly CohortSlot[]): number {
  return sum(cohort.map((slot) => slot.members));
}

function share(members: number, patients: TypeStatistics): number {
  return Math.min(1, members / Math.max(1, patients.resources));
}

function ownWeights(
  type: ResourceType,
  own: ReadonlyMap<ResourceType, OwnBytes>,
  sample: readonly SampledMember[],
): readonly number[] {
  const bytes = new Array<number>(sample.length).fill(0);
  for (const row of own.get(type) ?? []) bytes[row.patient] = row.bytes;
  return slotWeights(sample, bytes, SLOTS);
}

function kindOf(type: ResourceType): (typeof RESOURCE_CATALOG)[ResourceType]['kind'] {
  return RESOURCE_CATALOG[type].kind;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
