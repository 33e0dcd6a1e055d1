import { AuditLog } from '../../src/audit';
import { PatientLists } from '../../src/groups';

import type { TestApp } from './app';

/** The keeper of patient lists, as the command line uses it. */
export function patientLists({ dataSource, clock }: TestApp): PatientLists {
  return new PatientLists(dataSource, new AuditLog(dataSource, clock));
}

/** Stores Patient resources as they are, without the loader: content by id. */
export async function storePatients(
  { dataSource }: TestApp,
  patients: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [id, content] of Object.entries(patients)) {
    await dataSource.query(
      `insert into clinical.resource (last_updated, version, type, id, patient_id, content_digest, content)
       values (now(), 1, 'Patient', $1, $1, '\\x00', $2)`,
      [id, content],
    );
  }
}

/** A short Patient, spelt in a way that JSON.stringify would not keep. */
export const patientText = (id: string): string =>
  `{"resourceType":"Patient","id":"${id}","multipleBirthInteger":1,"extension":[{"url":"urn:x","valueDecimal":1.10}]}`;
