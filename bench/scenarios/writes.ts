import http from 'node:http';

import { BulkClient } from '@app/smart-client';

import { registerApp } from '../../scripts/service';
import type { Bench, Served } from '../bench';
import { median, rounded } from '../figures';
import { postmasterOf } from '../ingest/ingested';
import { settingsFor } from '../ingest/programs';
import { difference, familyCpuSeconds, usageOf } from '../process-usage';

/** What putting some resources took. */
interface Puts {
  readonly seconds: number;
  readonly apiCpuSeconds: number | undefined;
  /** Undefined where the server is elsewhere. */
  readonly serverCpuSeconds: number | undefined;
}

const CONNECTIONS = 32;
const PUTS = 2000;

/** Single resources, put by an interface engine on so many connections: all new, then all changed. */
export function writes(bench: Bench): Promise<Readonly<Record<string, unknown>>> {
  const settings = { FHIR_WRITES: 'true', LOG_LEVEL: 'error' };
  return bench.serve({ settings }, async (served) => {
    const token = await tokenToWrite(bench, served);
    const [added, changed]: [Puts[], Puts[]] = [[], []];
    for (let round = 0; round < bench.effort.rounds; round += 1) {
      const put = (status: string) => putAll(bench, served, { token, round, status });
      added.push(await put('preliminary'));
      changed.push(await put('final'));
    }
    return {
      ...figuresOf('new', added),
      ...figuresOf('changed', changed),
      connections: CONNECTIONS,
    };
  });
}

async function tokenToWrite(bench: Bench, { service }: Served): Promise<string> {
  const { folder: directory, databaseUrl, signal } = bench;
  const app = { name: 'Engine', groups: [], fhirWrites: true, directory, signal };
  const credentials = await registerApp({ ...app, environment: settingsFor(databaseUrl) });
  const { fhirBase } = service;
  return await new BulkClient({ fhirBase, ...credentials, scope: 'system/*.cud' }).token();
}

interface Sending {
  readonly token: string;
  readonly round: number;
  readonly status: string;
}

async function putAll(
  { databaseUrl, signal }: Bench,
  { service }: Served,
  { token, round, status }: Sending,
): Promise<Puts> {
  const postmaster = await postmasterOf(databaseUrl);
  const serverCpu = () => (postmaster === undefined ? undefined : familyCpuSeconds(postmaster));
  const before = { api: usageOf(service.api).cpuSeconds, server: serverCpu() };
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const begun = performance.now();
  let next = 0;
  const one = async (): Promise<void> => {
    for (let number = next++; number < PUTS; number = next++) {
      signal.throwIfAborted();
      const id = `bench-${round}-${number}`;
      const options = { agent, method: 'PUT', headers: headersOf(token) };
      const url = `${service.fhirBase}/Observation/${id}`;
      await sent(http.request(url, options), observation(id, status));
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, one));
  const seconds = (performance.now() - begun) / 1000;
  agent.destroy();
  return {
    seconds,
    apiCpuSeconds: difference(usageOf(service.api).cpuSeconds, before.api),
    serverCpuSeconds: difference(serverCpu(), before.server),
  };
}

function headersOf(token: string): http.OutgoingHttpHeaders {
  return { Authorization: `Bearer ${token}`, 'Content-Type': 'application/fhir+json' };
}

function observation(id: string, status: string): string {
  return JSON.stringify({
    ...{ resourceType: 'Observation', id, status },
    code: { coding: [{ system: 'http://loinc.org', code: '8867-4', display: 'Heart rate' }] },
    subject: { reference: `Patient/bench-${id.slice(-1)}` },
    performer: [{ reference: 'Practitioner/bench' }],
    effectiveDateTime: '2026-01-31T12:00:00Z',
    valueQuantity: { value: 72, unit: '/min', system: 'http://unitsofmeasure.org', code: '/min' },
    note: [{ text: 'Taken at rest. '.repeat(40) }],
  });
}

function sent(request: http.ClientRequest, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    request.once('error', reject);
    request.once('response', (response) => {
      const { statusCode = 0 } = response;
      response.resume();
      response.once('error', reject);
      response.once('end', () => {
        if (statusCode === 200 || statusCode === 201) resolve();
        else reject(new Error(`A PUT was answered with ${statusCode}.`));
      });
    });
    request.end(body);
  });
}

/** Medians of the rounds. */
function figuresOf(name: string, rounds: readonly Puts[]): Readonly<Record<string, number | null>> {
  const perPut = (cpu: (puts: Puts) => number | undefined): number | null => {
    const measured = rounds.map(cpu).filter((seconds) => seconds !== undefined);
    if (measured.length < rounds.length) return null;
    return rounded((median(measured) * 1000) / PUTS);
  };
  return {
    [`${name}_puts_per_s`]: rounded(median(rounds.map(({ seconds }) => PUTS / seconds))),
    [`${name}_api_cpu_ms_per_put`]: perPut(({ apiCpuSeconds }) => apiCpuSeconds),
    [`${name}_postgresql_cpu_ms_per_put`]: perPut(({ serverCpuSeconds }) => serverCpuSeconds),
  };
}
