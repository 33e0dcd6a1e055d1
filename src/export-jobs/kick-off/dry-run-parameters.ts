import type { DryRun, DryRunType } from './dry-runs.service';

/** A dry run as a FHIR resource. What may exceed the 32 bits of a FHIR integer is a decimal. */
export function dryRunParameters({ transactionTime, patients, types, seconds }: DryRun): {
  readonly resourceType: 'Parameters';
  readonly parameter: readonly object[];
} {
  const given = types.filter(({ resources }) => resources > 0);
  const sum = (of: 'resources' | 'bytes'): number =>
    given.reduce((total, one) => total + one[of], 0);
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'transactionTime', valueInstant: transactionTime },
      { name: 'patients', valueInteger: patients },
      { name: 'resources', valueDecimal: sum('resources') },
      { name: 'bytes', valueDecimal: sum('bytes') },
      { name: 'seconds', valueInteger: seconds },
      ...given.map(ofType),
    ],
  };
}

function ofType({ type, resources, bytes }: DryRunType): object {
  return {
    name: 'type',
    part: [
      { name: 'type', valueCode: type },
      { name: 'resources', valueDecimal: resources },
      { name: 'bytes', valueDecimal: bytes },
    ],
  };
}
