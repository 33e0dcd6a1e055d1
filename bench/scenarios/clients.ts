import http from 'node:http';

import { type Bench, GROUP, type Served } from '../bench';
import { type Figures, rate, type Round } from '../figures';
import { difference, usageOf } from '../process-usage';
import type { Psql } from '../psql';
import { copyOf, psqlFor, reported, TYPES } from '../round';

const CLIENTS = 8;

/** Downloads of one export by several clients at once, each of all files. Bytes are those of all. */
export function clients(bench: Bench): Promise<Figures> {
  const settings = { EXPORT_FILE_ENCODING: 'identity' };
  return bench.serve({ settings }, async (served) => {
    const statusUrl = await served.client.kickOff(GROUP, { types: TYPES });
    const { output } = await served.client.waitFor(statusUrl, { signal: bench.signal });
    const files = output.map(({ url, count }) => ({ url, count: count ?? 0 }));
    const psql = psqlFor(bench);
    const rounds: Round[] = [];
    while (rounds.length < bench.effort.rounds) {
      const round = await downloadAll(bench, served, files, psql);
      rounds.push(round);
      bench.log(`Round ${rounds.length}: ${rate(round.bytes, round.seconds).toFixed(0)} MB/s`);
    }
    return { ...reported(bench, served, rounds), clients: CLIENTS };
  });
}

async function downloadAll(
  bench: Bench,
  { client, service }: Served,
  files: readonly { readonly url: string; readonly count: number }[],
  psql: Psql | undefined,
): Promise<Round> {
  const copy = await copyOf(bench, psql);
  const token = await client.token();
  const before = usageOf(service.api).cpuSeconds;
  const begun = performance.now();
  const one = async (): Promise<number> => {
    let bytes = 0;
    for (const { url } of files) bytes += await discarded(url, token, bench.signal);
    return bytes;
  };
  const received = await Promise.all(Array.from({ length: CLIENTS }, one));
  const bytes = received.reduce((sum, each) => sum + each, 0);
  return {
    bytes,
    storedBytes: bytes / CLIENTS,
    resources: CLIENTS * files.reduce((sum, { count }) => sum + count, 0),
    seconds: (performance.now() - begun) / 1000,
    cpuSeconds: difference(usageOf(service.api).cpuSeconds, before),
    copy,
  };
}

/** Receives a file and forgets it: a client that checks or stores would measure itself. */
export function discarded(url: string, token: string, signal: AbortSignal): Promise<number> {
  const headers = { Authorization: `Bearer ${token}`, 'Accept-Encoding': 'identity' };
  return new Promise((resolve, reject) => {
    http
      .get(url, { headers, signal }, (response) => {
        if (response.statusCode !== 200) {
          reject(new Error(`A download was answered with ${String(response.statusCode)}.`));
          return;
        }
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
        });
        response.once('error', reject);
        response.once('end', () => {
          resolve(bytes);
        });
      })
      .once('error', reject);
  });
}
