import { PartPlans, PartPlansModule } from '../export-jobs';
import type { ExplainOptions } from './exports.options';
import { print } from './output';
import { withServices } from './with-services';

const USE = { needs: ['fhir-base', 'packing'] as const, imports: [PartPlansModule] };

export async function explain(args: ExplainOptions): Promise<void> {
  const explained = await withServices(USE, (services) =>
    services.get(PartPlans).explain(args.id, args.type),
  );
  const { part, sql, plan } = explained;
  print(args, explained, () => [`-- part ${part}`, `${sql};`, '', ...plan].join('\n'));
}
