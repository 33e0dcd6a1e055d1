import { type ResourceType } from '@app/fhir';

import { Random } from '../random';
import { sampleId, SHARED } from '../sample-ids';
import { type SampleResource } from '../sample-resource';
import { reference } from '../text/datatypes';
import { type Fragment, type JsonObject } from '../text/json-text';
import { resourceLine } from '../text/resource-line';
import { FIRST_EVENT } from '../text/times';

/** Collects the resources that belong to no patient. */
export class Register {
  readonly resources: SampleResource[] = [];
  readonly random: Random;

  constructor(private readonly seed: number) {
    this.random = new Random(seed, SHARED);
  }

  /**
   * Adds a shared resource.
   *
   * @returns the reference to it, shown as `name`.
   */
  add(type: ResourceType, name: string, body: JsonObject): Fragment {
    return reference(type, this.addUnnamed(type, body), name);
  }

  /** Adds a shared resource. @returns its id */
  addUnnamed(type: ResourceType, body: JsonObject): string {
    const id = sampleId(this.seed, SHARED, this.resources.length);
    const line = resourceLine({ type, id, at: FIRST_EVENT }, body, this.random);
    this.resources.push({ type, id, patientId: null, line });
    return id;
  }
}
