import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const UNPACKED = 'root';

/**
 * Fetches Debian's (or Ubuntu's) redis-server with apt-get, which checks signatures, and unpacks it with
 * the libraries that this system lacks. Needs no root and touches nothing of the system: apt gets a
 * state directory of its own. What an earlier call unpacked is used again.
 *
 * @param directory absolute path of its own
 * @returns undefined where there is no apt, no network, or no such package
 */
export function debianRedis(
  directory: string,
  log: (line: string) => void,
): { command: string; libraries: string } | undefined {
  if (!fs.existsSync('/var/lib/dpkg/status')) return undefined;
  const root = path.join(directory, UNPACKED);
  try {
    if (!fs.existsSync(root)) fetchInto(directory, log);
    return { command: path.join(root, 'usr/bin/redis-server'), libraries: librariesBelow(root) };
  } catch (error) {
    log(`Debian's Redis could not be fetched: ${(error as Error).message}`);
    return undefined;
  }
}

function fetchInto(directory: string, log: (line: string) => void): void {
  log("No redis-server on PATH: fetching Debian's package (1 MB, not installed) ...");
  const work = `${directory}.${process.pid}`;
  try {
    for (const folder of ['state/lists/partial', 'cache/archives/partial', 'packages', UNPACKED]) {
      fs.mkdirSync(path.join(work, folder), { recursive: true });
    }
    const apt = aptFor(work);
    apt('update');
    apt(
      'download',
      ...packagesFrom(apt('--simulate', '--no-install-recommends', 'install', 'redis-server')),
    );
    const packages = path.join(work, 'packages');
    for (const file of fs.readdirSync(packages)) {
      run('dpkg', ['-x', path.join(packages, file), path.join(work, UNPACKED)], work);
    }
    fs.mkdirSync(directory, { recursive: true });
    fs.renameSync(path.join(work, UNPACKED), path.join(directory, UNPACKED));
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

/** What apt would install: the package and those of its dependencies that this system lacks. */
export function packagesFrom(simulation: string): readonly string[] {
  return [...simulation.matchAll(/^Inst (\S+)/gm)].map(([, name = '']) => name);
}

function aptFor(work: string): (...args: string[]) => string {
  const options = Object.entries({
    'Dir::State': path.join(work, 'state'),
    'Dir::State::status': '/var/lib/dpkg/status',
    'Dir::Cache': path.join(work, 'cache'),
    'Debug::NoLocking': '1',
    'Acquire::Retries': '0',
    'Acquire::http::Timeout': '10',
    'APT::Sandbox::User': '',
    'APT::Update::Error-Mode': 'any',
  }).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  return (...args) => run('apt-get', ['-q', ...options, ...args], path.join(work, 'packages'));
}

function run(command: string, args: readonly string[], cwd: string): string {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (status === 0) return stdout;
  const lastLine = stderr.trim().split('\n').at(-1) ?? '';
  throw new Error(
    `${command} failed: ${error?.message ?? (lastLine || `exit code ${status ?? '?'}`)}`,
  );
}

function librariesBelow(root: string): string {
  const isLibraries = (folder: string): boolean =>
    fs.readdirSync(folder).some((file) => file.includes('.so'));
  return ['usr/lib', 'lib']
    .map((folder) => path.join(root, folder))
    .filter((folder) => fs.existsSync(folder))
    .flatMap((folder) => [folder, ...fs.readdirSync(folder).map((sub) => path.join(folder, sub))])
    .filter((folder) => fs.statSync(folder).isDirectory() && isLibraries(folder))
    .join(':');
}
