import {
  type Disclosure,
  disclosureEvent,
  type DisclosureList,
  Disclosures,
  ExportOperationsModule,
} from '../export-jobs';
import type { DisclosureOptions } from './exports.options';
import { print } from './output';
import { table } from './table';
import { withServices } from './with-services';

const MOST = 200;
const NOTHING = '–';
const USE = { needs: ['limits'] as const, imports: [ExportOperationsModule] };

/** Prints a page of them, or all as AuditEvents; what is on record no more is told beside. */
export async function disclosures(args: DisclosureOptions): Promise<void> {
  const { patient, before, count } = args;
  if (!Number.isInteger(count) || count < 1 || count > MOST) {
    throw new Error(`--count must be a whole number, 1 to ${MOST}.`);
  }
  await withServices(USE, async (services) => {
    const found = services.get(Disclosures);
    if (args.fhir) {
      for await (const one of await found.all({ patient, before })) {
        console.log(JSON.stringify(disclosureEvent(patient, one)));
      }
      return;
    }
    const page = await found.list({ patient, before }, count);
    print(args, page, () => disclosureTable(page));
  });
}

function disclosureTable({ disclosures: found, next, notOnRecord }: DisclosureList): string {
  const head = ['export', 'app', 'target', 'state', 'created', 'types', 'window', 'downloaded'];
  const rows = found.map((one) => [
    ...[one.export, one.app, targetOf(one), one.state, one.createdAt.toISOString()],
    ...[typesOf(one), windowOf(one), downloadsOf(one)],
  ]);
  const none = 'No export on record held this patient.';
  const { exports, last } = notOnRecord;
  const missing = `${exports} exports, the last of ${last?.toISOString() ?? NOTHING}, are not on record: nobody can say whom they held.`;
  return [
    rows.length > 0 ? table(head, rows) : none,
    ...(next === undefined ? [] : [`More: --before ${next}`]),
    ...(exports > 0 ? [missing] : []),
  ].join('\n');
}

function targetOf({ level, group, isNamed }: Disclosure): string {
  const target = group === undefined ? level : `Group/${group}`;
  return isNamed ? `${target}, by id` : target;
}

function typesOf({ parameters, isDeparted }: Disclosure): string {
  if (isDeparted) return 'deletions alone';
  const filtered = { ...parameters.typeFilters, ...parameters.scopeFilters };
  return parameters.types.map((type) => (type in filtered ? `${type}?…` : type)).join(' ');
}

function windowOf({ parameters: { since, until } }: Disclosure): string {
  if (since === undefined && until === undefined) return NOTHING;
  return `${since ?? ''} – ${until ?? ''}`;
}

function downloadsOf({ downloads, signedManifests }: Disclosure): string {
  const { count, last, files } = downloads;
  const signed = signedManifests > 0 ? [`${signedManifests} signed manifests`] : [];
  const own = last ? [`${count}, the last ${last.toISOString()}: ${files.join(' ')}`] : [];
  return [...own, ...signed].join('; ') || 'no';
}
