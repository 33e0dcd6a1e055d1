import { AuditEventRow, AuditLog } from '../../src/audit';
import { PatientLists } from '../../src/groups';
import type { TestApp } from './app';

/** The keeper of patient lists, as the command line uses it. */
export function patientLists({ dataSource }: TestApp): PatientLists {
  return new PatientLists(dataSource, new AuditLog(dataSource.getRepository(AuditEventRow)));
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

/** Groups and patients that tests of read and search share. INF-101 has one member of each kind. */
export async function makeGroups(service: TestApp): Promise<void> {
  const lists = patientLists(service);
  await storePatients(
    service,
    Object.fromEntries(['p1', 'p2', 'p3', 'p4'].map((id) => [id, patientText(id)])),
  );
  await lists.create({
    id: 'INF-101',
    name: 'Grippe à risque élevé',
    identifiers: [{ system: 'urn:lists', value: '101' }, { value: 'no-system' }],
    characteristics: [
      {
        code: { system: 'urn:c', code: 'dx' },
        value: { system: 'urn:v', code: 'a$b', display: 'A, B' },
      },
      { code: { system: 'urn:c', code: 'smoker' }, value: true },
    ],
  });
  await lists.create({ id: 'DIA-7', name: 'Diabetes clinic', identifiers: [{ value: '7' }] });
  await lists.create({ id: 'EMPTY', name: 'Nobody' });
  await lists.add('INF-101', ['p2', 'p1']);
  await lists.add('INF-101', ['p3'], { inactive: true });
  await lists.add('INF-101', ['p4'], {
    periodStart: '2020-01-01T00:00:00Z',
    periodEnd: '2020-12-31T23:59:59.999999Z',
  });
  await lists.add('DIA-7', ['p1']);
}
