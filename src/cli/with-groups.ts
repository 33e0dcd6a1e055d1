import { AuditLog } from '../audit';
import { Clock } from '../common';
import {
  GroupDirectory,
  MembershipSourceRegistry,
  PatientLists,
  PatientListSource,
  SegmentSource,
} from '../groups';
import { withDatabase } from './with-database';

/** What the commands of groups work with, as the service's own providers. */
export interface Groups {
  readonly groups: PatientLists;
  readonly segments: SegmentSource;
  readonly directory: GroupDirectory;
  readonly query: <T>(sql: string, parameters: readonly unknown[]) => Promise<T[]>;
}

export function withGroups<T>(action: (groups: Groups) => Promise<T>): Promise<T> {
  return withDatabase((dataSource) => {
    const segments = new SegmentSource(dataSource);
    const sources = new MembershipSourceRegistry([new PatientListSource(), segments]);
    return action({
      groups: new PatientLists(dataSource, new AuditLog(dataSource, new Clock())),
      segments,
      directory: new GroupDirectory(dataSource, sources),
      query: (sql, parameters) => dataSource.query(sql, [...parameters]),
    });
  });
}
