import { Injectable } from '@nestjs/common';

import type { ResourceType } from '@app/fhir';

import {
  ClinicalStatistics,
  NO_RESOURCES,
  type PatientBytes,
  type TypeStatistics,
} from '../clinical-data';
import { bucketWeights, type CohortBucket, type SampledMember, sampleOf } from './bucket-weights';
import { COHORT_BUCKETS } from './cohort-share';

/** A type of an export, as far as it matters for what the type may weigh. */
export interface EstimatedType {
  readonly type: ResourceType;
  /** How it is tied to patients; `custom`: in a way of its own. */
  readonly kind: 'patient' | 'linked' | 'owned-or-linked' | 'custom';
  /** False when one part must give all of it. */
  readonly divisible: boolean;
}

/** A type of an export with the bytes that it is expected to give. */
export interface TypeEstimate extends Pick<EstimatedType, 'type' | 'divisible'> {
  readonly bytes: number;
  /** How the bytes are spread over the buckets, by share; undefined: evenly. */
  readonly weights?: readonly number[];
}

/** What an export of a cohort is expected to give. */
export interface CohortEstimate {
  readonly estimates: readonly TypeEstimate[];
  /** Which share of the store’s patients the cohort is, of 0 to 1. */
  readonly share: number;
}

type OwnBytes = readonly Omit<PatientBytes, 'type'>[];

/**
 * Estimates what an export will give, for cutting it and for weighing progress; never used to decide
 * what is exported. Members weigh what they weigh: of a small cohort every member is asked, of a large
 * one some, spread evenly over it.
 */
@Injectable()
export class CohortEstimates {
  constructor(private readonly statistics: ClinicalStatistics) {}

  /** What a cohort gives of each of `types`. @param since only what is newer counts */
  async of(
    types: readonly EstimatedType[],
    cohort: readonly CohortBucket[],
    since: string | undefined,
  ): Promise<CohortEstimate> {
    const sample = sampleOf(cohort);
    const others = types.filter(({ kind }) => kind !== 'patient');
    const [own, links, store] = await Promise.all([
      this.ownBytes(types, sample, since),
      this.links(types, sample),
      this.statistics.ofTypes([...names(others), 'Patient']),
    ]);
    const all = own ? store : await this.statistics.ofTypes([...names(types), 'Patient']);
    const size = new CohortSize(cohort, links, all);
    const estimates = types.map((estimated) => {
      const { type, kind, divisible } = estimated;
      const weights = own && kind !== 'linked' ? ownWeights(type, own, sample) : undefined;
      const bytes = bytesOf(estimated, size, weights);
      // What is linked is spread by the hash of its id, not by patient.
      const spread = kind === 'patient' ? weights : undefined;
      return { type, divisible, bytes, ...(spread ? { weights: spread } : {}) };
    });
    return { estimates, share: size.share };
  }

  /** One estimate for each of `types`, of all that the store holds. */
  async ofStore(types: readonly EstimatedType[]): Promise<readonly TypeEstimate[]> {
    const store = await this.statistics.ofTypes(names(types));
    return types.map(({ type, divisible }) => {
      const { bytes } = store.get(type) ?? NO_RESOURCES;
      return { type, divisible, bytes };
    });
  }

  /** By type, what the sampled members have; undefined when that takes too long. */
  private async ownBytes(
    types: readonly EstimatedType[],
    sample: readonly SampledMember[],
    since: string | undefined,
  ): Promise<ReadonlyMap<ResourceType, OwnBytes> | undefined> {
    const owned = types.filter(({ kind }) => ['patient', 'owned-or-linked'].includes(kind));
    const ids = sample.map(({ id }) => id);
    const rows = await this.statistics.ofPatients(ids, names(owned), since).catch(() => undefined);
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
    types: readonly EstimatedType[],
    sample: readonly SampledMember[],
  ): Promise<ReadonlyMap<ResourceType, number>> {
    const linked = types.filter(({ kind }) => ['linked', 'owned-or-linked'].includes(kind));
    return this.statistics
      .linksOf(
        sample.map(({ id }) => id),
        names(linked),
      )
      .catch(() => new Map<ResourceType, number>());
  }
}

/** How large a cohort is beside the store. */
class CohortSize {
  /** Which share of the store’s patients it is, of 0 to 1. */
  readonly share: number;
  private readonly members: number;

  constructor(
    cohort: readonly CohortBucket[],
    private readonly links: ReadonlyMap<ResourceType, number>,
    private readonly store: ReadonlyMap<ResourceType, TypeStatistics>,
  ) {
    this.members = sum(cohort.map((bucket) => bucket.members));
    this.share = Math.min(1, this.members / Math.max(1, this.of('Patient').resources));
  }

  /** All that the store holds of a type. */
  of(type: ResourceType): TypeStatistics {
    return this.store.get(type) ?? NO_RESOURCES;
  }

  /** At most what all members' links point at, as if none pointed at the same. */
  linkedBytes(type: ResourceType): number {
    const { bytes, resources } = this.of(type);
    return this.members * (this.links.get(type) ?? 0) * (bytes / Math.max(1, resources));
  }
}

function bytesOf(
  { type, kind }: EstimatedType,
  size: CohortSize,
  weights: readonly number[] | undefined,
): number {
  const own = weights ? sum(weights) : undefined;
  if (kind === 'patient' && own !== undefined) return Math.ceil(own);
  const { bytes } = size.of(type);
  if (kind === 'patient' || kind === 'custom') return Math.ceil(bytes * size.share);
  return Math.ceil(Math.min(bytes, (own ?? 0) + size.linkedBytes(type)));
}

function ownWeights(
  type: ResourceType,
  own: ReadonlyMap<ResourceType, OwnBytes>,
  sample: readonly SampledMember[],
): readonly number[] {
  const bytes = new Array<number>(sample.length).fill(0);
  for (const row of own.get(type) ?? []) bytes[row.patient] = row.bytes;
  return bucketWeights(sample, bytes, COHORT_BUCKETS);
}

function names(types: readonly EstimatedType[]): readonly ResourceType[] {
  return types.map(({ type }) => type);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
