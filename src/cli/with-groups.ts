import { AuditEventRow, AuditLog } from '../audit';
import {
  GroupDirectory,
  GroupVersionRow,
  MembershipSourceRegistry,
  PatientGroupRow,
  PatientLists,
  PatientListSource,
  SegmentSource,
} from '../groups';
import { currentClock } from './current-clock';
import { withDatabase } from './with-database';

/** What the commands of groups work with, as the service's own providers. */
export interface Groups {
  readonly groups: PatientLists;
  readonly segments: SegmentSource;
  readonly directory: GroupDirectory;
  /** The instant of which groups are read. */
  readonly present: string;
  readonly query: <T>(sql: string, parameters: readonly unknown[]) => Promise<T[]>;
}

export function withGroups<T>(action: (groups: Groups) => Promise<T>): Promise<T> {
  return withDatabase(async (dataSource, config) => {
    const clock = await currentClock(dataSource, config);
    const rows = dataSource.getRepository(PatientGroupRow);
    const versions = dataSource.getRepository(GroupVersionRow);
    const audit = new AuditLog(dataSource.getRepository(AuditEventRow));
    const segments = new SegmentSource(rows, versions);
    const sources = new MembershipSourceRegistry([new PatientListSource(), segments]);
    return action({
      groups: new PatientLists(dataSource, audit),
      segments,
      directory: new GroupDirectory(rows, versions, sources),
      present: clock.present().toISOString(),
      query: (sql, parameters) => dataSource.query(sql, [...parameters]),
    });
  });
}
