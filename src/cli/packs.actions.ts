import { DataSource } from 'typeorm';

import { PackBuilder, type PackedFigures, packedFigures, PackingModule } from '../packed-segments';
import { type OutputOptions, print } from './output';
import { table } from './table';
import { type Services, withServices } from './with-services';

export async function build(args: OutputOptions): Promise<void> {
  const stop = new AbortController();
  process.once('SIGINT', () => {
    stop.abort(new Error('Stopped. What was packed stays; run the command again to go on.'));
  });
  const use = { needs: ['fhir-base', 'packing'] as const, imports: [PackingModule] };
  await withServices(use, async (services) => {
    await services.get(PackBuilder).build(stop.signal);
    await show(services, args);
  });
}

export function status(args: OutputOptions): Promise<void> {
  return withServices({}, (services) => show(services, args));
}

async function show(services: Services, args: OutputOptions): Promise<void> {
  const figures = await packedFigures(services.get(DataSource));
  print(args, figures, () => figuresTable(figures));
}

function figuresTable(figures: readonly PackedFigures[]): string {
  return table(
    ['type', 'segments', 'due', 'resources', 'NDJSON MB', 'gzip MB'],
    figures.map(({ type, segments, due, resources, bytes, stored }) => [
      ...[type, segments, due, resources],
      ...[bytes, stored].map((size) => (size / 1e6).toFixed(1)),
    ]),
  );
}
