import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';

import { freePort } from '../../scripts/services/free-port';
import { OwnProcess, unlessOneCrashes } from './own-process';

const execute = promisify(execFile);

/** A real S3 server of this test's own, in memory. */
export interface S3Server {
  readonly endpoint: string;
  readonly bucket: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  stop(): Promise<void>;
}

const PROGRAMS = ['ceph', 'ceph-mon', 'ceph-osd', 'ceph-authtool', 'monmaptool', 'radosgw'];
const HINT =
  'Tests of S3 are skipped: they need Ceph’s gateway (Debian: apt-get install radosgw ceph-mon ceph-osd).';

/** True where startS3Server can work; says what to install where it cannot. */
export function s3ServerAvailable(): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const available = PROGRAMS.every((program) =>
    folders.some((folder) => existsSync(join(folder, program))),
  );
  if (!available) console.warn(HINT);
  return available;
}

/**
 * Starts Ceph's S3 gateway on a store in memory: an implementation that is used in earnest, and checks
 * signatures, expiry and checksums.
 */
export async function startS3Server(): Promise<S3Server> {
  const folder = await mkdtemp(join(tmpdir(), 'bulk-s3-'));
  const ports = { mon: await freePort(), gateway: await freePort() };
  const config = join(folder, 'ceph.conf');
  const daemons: OwnProcess[] = [];
  const stop = async (): Promise<void> => {
    for (const one of daemons.reverse()) await one.signal('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await writeConfig(config, folder, ports);
    await makeKeys(folder);
    await startCluster(config, folder, daemons);
    return { ...(await startGateway(folder, config, ports.gateway, daemons)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function writeConfig(
  config: string,
  folder: string,
  ports: { readonly mon: number; readonly gateway: number },
): Promise<void> {
  for (const name of ['mon', 'osd', 'rgw']) await mkdir(join(folder, name));
  const settings = {
    fsid: randomUUID(),
    'run dir': folder,
    'admin socket': join(folder, '$name.asok'),
    'pid file': '',
    'log file': join(folder, '$name.log'),
    keyring: join(folder, 'keyring'),
    'mon host': `[v2:127.0.0.1:${ports.mon}]`,
    'mon data': join(folder, 'mon'),
    'osd data': join(folder, 'osd'),
    'rgw data': join(folder, 'rgw'),
    'public network': '127.0.0.0/8',
    'auth cluster required': 'cephx',
    'auth service required': 'cephx',
    'auth client required': 'cephx',
    'osd objectstore': 'memstore',
    'memstore device bytes': 2 ** 30,
    'osd crush chooseleaf type': 0,
    'osd pool default size': 1,
    'osd pool default min size': 1,
    'osd pool default pg num': 1,
    'osd pool default pgp num': 1,
    'mon allow pool size one': true,
    'rgw frontends': `beast endpoint=127.0.0.1:${ports.gateway}`,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${String(value)}`);
  await writeFile(config, ['[global]', ...lines, ''].join('\n'));
}

async function makeKeys(folder: string): Promise<void> {
  const keyring = join(folder, 'keyring');
  const everything = [
    '--cap',
    'mon',
    'allow *',
    '--cap',
    'osd',
    'allow *',
    '--cap',
    'mgr',
    'allow *',
  ];
  await run('ceph-authtool', [
    '--create-keyring',
    keyring,
    '--gen-key',
    '-n',
    'mon.',
    '--cap',
    'mon',
    'allow *',
  ]);
  for (const name of ['client.admin', 'client.gateway']) {
    await run('ceph-authtool', [keyring, '--gen-key', '-n', name, ...everything]);
  }
}

async function startCluster(config: string, folder: string, daemons: OwnProcess[]): Promise<void> {
  const map = join(folder, 'monmap');
  const ceph = (...args: string[]): Promise<unknown> => run('ceph', ['-c', config, ...args]);
  const { host, fsid } = await settingsOf(config);
  await run('monmaptool', ['--create', '--fsid', fsid, '--addv', 'a', host, map]);
  await run('ceph-mon', ['-i', 'a', '--mkfs', '--monmap', map, '-c', config]);
  daemons.push(daemon(folder, 'ceph-mon', ['-i', 'a', '-f', '-c', config]));
  const osd = randomUUID();
  await ceph('osd', 'new', osd);
  await run('ceph', [
    '-c',
    config,
    'auth',
    'get-or-create',
    'osd.0',
    'mon',
    'allow profile osd',
    'osd',
    'allow *',
    '-o',
    join(folder, 'osd', 'keyring'),
  ]);
  const keyring = ['--keyring', join(folder, 'osd', 'keyring')];
  await run('ceph-osd', ['-i', '0', '--mkfs', '--osd-uuid', osd, '-c', config, ...keyring]);
  daemons.push(daemon(folder, 'ceph-osd', ['-i', '0', '-f', '-c', config, ...keyring]));
}

async function settingsOf(config: string): Promise<{ host: string; fsid: string }> {
  const read = async (name: string): Promise<string> =>
    (await run('ceph-conf', ['-c', config, '--lookup', name])).stdout.trim();
  return { host: await read('mon host'), fsid: await read('fsid') };
}

async function startGateway(
  folder: string,
  config: string,
  port: number,
  daemons: OwnProcess[],
): Promise<Omit<S3Server, 'stop'>> {
  const credentials = {
    accessKeyId: randomBytes(10).toString('hex'),
    secretAccessKey: randomBytes(20).toString('hex'),
  };
  const keys = [
    '--access-key',
    credentials.accessKeyId,
    '--secret-key',
    credentials.secretAccessKey,
  ];
  await run('radosgw-admin', [
    '-c',
    config,
    'user',
    'create',
    '--uid',
    'bulk',
    '--display-name',
    'bulk',
    ...keys,
  ]);
  const gateway = daemon(folder, 'radosgw', ['-f', '-n', 'client.gateway', '-c', config]);
  daemons.push(gateway);
  const endpoint = `http://127.0.0.1:${port}`;
  await gateway.untilReady(
    async () => (await fetch(endpoint).catch(() => undefined))?.ok ?? false,
    90,
  );
  const client = new S3Client({ region: 'us-east-1', endpoint, forcePathStyle: true, credentials });
  await client.send(new CreateBucketCommand({ Bucket: 'bulk' }));
  client.destroy();
  return { endpoint, bucket: 'bulk', credentials };
}

/** A command that asks daemons: some wait for minutes for one that has ended. */
function run(program: string, args: readonly string[]): Promise<{ readonly stdout: string }> {
  return unlessOneCrashes((signal) => execute(program, args, { signal }));
}

function daemon(folder: string, command: string, args: readonly string[]): OwnProcess {
  return new OwnProcess({ name: command, command, args, log: join(folder, `${command}.out`) });
}
