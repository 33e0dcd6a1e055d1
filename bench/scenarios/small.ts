import { cpuMeter } from '../all-processes';
import { type Bench, GROUP, type Served } from '../bench';
import { exportsInTurn, type SmallExport, smallFigures } from '../small-exports';
import { discarded } from './clients';

const IN_TURN = 4;

/** Exports everything of everybody and downloads it, as small as the bench's patients are few. */
export function small(bench: Bench): Promise<Readonly<Record<string, unknown>>> {
  return bench.serve({ settings: { EXPORT_FILE_ENCODING: 'identity' } }, async (served) => {
    const meter = await cpuMeter(bench, served);
    const own = { group: GROUP, count: IN_TURN, meter };
    let bytes = 0;
    const after = async (statusUrl: string): Promise<void> => {
      bytes = await downloaded(bench, served, statusUrl);
    };
    await exportsInTurn(bench, served, { ...own, after });
    const exported: SmallExport[] = [];
    const both: SmallExport[] = [];
    while (both.length < bench.effort.rounds) {
      exported.push(await exportsInTurn(bench, served, own));
      both.push(await exportsInTurn(bench, served, { ...own, after }));
    }
    const { cpu_s: withDownload } = smallFigures(both);
    return {
      bytes,
      ...smallFigures(exported),
      cpu_s_with_download: withDownload,
      ...bench.effort,
    };
  });
}

/** @returns the bytes of all files */
async function downloaded(bench: Bench, { client }: Served, statusUrl: string): Promise<number> {
  const { output } = await client.waitFor(statusUrl, { signal: bench.signal });
  const token = await client.token();
  let bytes = 0;
  for (const { url } of output) bytes += await discarded(url, token, bench.signal);
  return bytes;
}
