/** Everything that is worth a line in the record of who changed or took what. A closed set. */
export type AuditAction = keyof typeof ACTORS;

/** Who acts: an app with its credential, an operator by the command line or /admin, or the service itself. */
export type AuditActor = 'app' | 'operator' | 'service';

export type AuditOutcome = 'success' | 'refused' | 'failed';

/** Codes, counts, types and names of files; never patient data, keys or tokens. */
export type AuditDetail = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export const ACTORS = {
  'token.issued': 'app',
  'token.refused': 'app',
  'export.kick-off': 'app',
  'export.dry-run': 'app',
  'export.refused': 'app',
  'export.deleted': 'app',
  'export.completed': 'service',
  'export.failed': 'service',
  'export.expired': 'service',
  'export.cancelled': 'operator',
  'export.withdrawn': 'operator',
  'export.held': 'operator',
  'export.released': 'operator',
  'export.retried': 'operator',
  'feed.written': 'app',
  'feed.pushed': 'operator',
  'store.loaded': 'operator',
  'resource.written': 'app',
  'resource.deleted': 'app',
  'binary.read': 'app',
  'resource.read': 'app',
  'file.downloaded': 'app',
  'file.signed': 'app',
  'app.registered': 'operator',
  'app.disabled': 'operator',
  'app.enabled': 'operator',
  'app.rotated': 'operator',
  'app.licensed': 'operator',
  'app.weighted': 'operator',
  'app.limited': 'operator',
  'disclosures.read': 'operator',
  'group.created': 'operator',
  'group.changed': 'operator',
  'group.deleted': 'operator',
  'roster.created': 'app',
  'roster.changed': 'app',
  'roster.deleted': 'app',
  'roster.expired': 'service',
  'admin.refused': 'operator',
  'operator.signed-in': 'operator',
  'operator.signed-out': 'operator',
} as const satisfies Readonly<Record<string, AuditActor>>;

export interface AuditEvent {
  readonly action: AuditAction;
  readonly outcome: AuditOutcome;
  readonly appId?: string | undefined;
  readonly jobId?: string | undefined;
  readonly groupId?: string | undefined;
  readonly requestId?: string | undefined;
  readonly detail?: AuditDetail | undefined;
}
