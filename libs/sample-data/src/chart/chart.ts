import { type ResourceType } from '@app/fhir';

import { fullName, type Persona, personaOf } from '../persona';
import { Random } from '../random';
import { sampleId, samplePatientId } from '../sample-ids';
import { type SampleResource } from '../sample-resource';
import { reference } from '../text/datatypes';
import { type Fragment, type JsonObject } from '../text/json-text';
import { resourceLine } from '../text/resource-line';
import { type World } from '../world/world';

const CHART_STREAM = 0x63686172;

/** The record of one patient while it is written: its resources, in order, and its choices. */
export class Chart {
  readonly resources: SampleResource[] = [];
  readonly random: Random;
  readonly persona: Persona;
  readonly patientId: string;
  /** Reference to the patient, for `subject` and `patient`. */
  readonly subject: Fragment;
  /** The patient's own id is number 0. */
  private ordinal = 1;

  constructor(
    readonly seed: number,
    readonly index: number,
    readonly world: World,
  ) {
    this.random = new Random(seed ^ CHART_STREAM, index);
    this.persona = personaOf(seed, index);
    this.patientId = samplePatientId(seed, index);
    this.subject = reference('Patient', this.patientId, fullName(this.persona));
  }

  /** An id for a resource that others refer to before it is added. */
  nextId(): string {
    const id = sampleId(this.seed, this.index, this.ordinal);
    this.ordinal += 1;
    return id;
  }

  /**
   * Adds a resource; `at` is when it happened, milliseconds since 1970.
   *
   * @returns the reference to it.
   */
  add(type: ResourceType, at: number, body: JsonObject, id = this.nextId()): Fragment {
    const line = resourceLine({ type, id, at }, body, this.random);
    this.resources.push({ type, id, patientId: this.patientId, line });
    return reference(type, id);
  }

  /** References to the resources added after the first `count`. */
  since(count: number): readonly Fragment[] {
    return this.resources.slice(count).map(({ type, id }) => reference(type, id));
  }

  /** Reference to the patient just before: mother, or the same person's first registration. */
  get relative(): Fragment {
    const { seed, index } = this;
    return reference(
      'Patient',
      samplePatientId(seed, index - 1),
      fullName(personaOf(seed, index - 1)),
    );
  }
}
