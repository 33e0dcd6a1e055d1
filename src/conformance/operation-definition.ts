import { EXPORT_PARAMETERS, type ExportParameter } from '@app/fhir';

import { SOFTWARE } from '../common';

const BULK_DATA_IG = 'http://hl7.org/fhir/uv/bulkdata';

/** The export at one level, by the id that the guide gives to its definition. */
interface ExportOperation {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** The type that it is called on; undefined: the base. */
  readonly resource?: 'Patient' | 'Group';
}

const OPERATIONS: readonly ExportOperation[] = [
  {
    id: 'export',
    name: 'SystemExport',
    title: 'Export of everything',
    description:
      'Exports everything that there is, patients’ or not, as of one instant: [base]/$export. For apps that are licensed for all groups.',
  },
  {
    id: 'patient-export',
    name: 'PatientExport',
    title: 'Export of all patients',
    description:
      'Exports everything about every patient, as of one instant: [base]/Patient/$export. For apps that are licensed for all groups.',
    resource: 'Patient',
  },
  {
    id: 'group-export',
    name: 'GroupExport',
    title: 'Export of a group',
    description:
      'Exports everything about the members of a group, as of one instant: [base]/Group/[id]/$export.',
    resource: 'Group',
  },
];

export interface OperationDefinition {
  readonly resourceType: 'OperationDefinition';
  readonly [element: string]: unknown;
}

/**
 * What this server's operation of the guide's definition `id` takes, as a constraint of that definition:
 * the CapabilityStatement names the guide's. Elements are in FHIR's order.
 *
 * @returns undefined when there is no such operation
 */
export function operationDefinition(id: string, fhirBase: string): OperationDefinition | undefined {
  const operation = OPERATIONS.find((one) => one.id === id);
  if (!operation) return undefined;
  const { name, title, description, resource } = operation;
  return {
    resourceType: 'OperationDefinition',
    id,
    url: `${fhirBase}/OperationDefinition/${id}`,
    version: SOFTWARE.version,
    name,
    title,
    status: 'active',
    kind: 'operation',
    date: SOFTWARE.releaseDate,
    description,
    code: 'export',
    base: `${BULK_DATA_IG}/OperationDefinition/${id}`,
    ...(resource && { resource: [resource] }),
    system: resource === undefined,
    type: resource === 'Patient',
    instance: resource === 'Group',
    parameter: EXPORT_PARAMETERS.filter(
      (parameter: ExportParameter) => resource !== undefined || !parameter.isForBodies,
    ).map(toParameter),
  };
}

function toParameter({ name, max, type, documentation }: ExportParameter): object {
  return {
    name,
    use: 'in',
    min: 0,
    max,
    documentation,
    type,
    ...(type === 'Reference' && {
      targetProfile: ['http://hl7.org/fhir/StructureDefinition/Patient'],
    }),
  };
}
