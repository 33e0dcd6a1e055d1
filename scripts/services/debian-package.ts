import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const UNPACKED = 'root';

/** A package to unpack. */
export interface DebianPackage {
  readonly name: string;
  /** Packages whose files it leads to: apt would leave them out where they are installed. */
  readonly companions?: readonly string[];
  /** What of it is missing on PATH, for people. */
  readonly program: string;
  /** Absolute path of its own. */
  readonly directory: string;
}

/** A package that is unpacked, not installed. */
export interface UnpackedPackage {
  /** The folder that stands for `/`. */
  readonly root: string;
  /** LD_LIBRARY_PATH that its programs need. */
  readonly libraries: string;
  /** False when an earlier call had unpacked it. */
  readonly isNew: boolean;
}

type Log = (line: string) => void;

/**
 * Fetches a package of Debian (or Ubuntu) with apt-get, which checks signatures, and unpacks it with
 * the libraries that this system lacks. Needs no root and touches nothing of the system: apt gets a
 * state directory of its own. What an earlier call unpacked is used again.
 *
 * @returns undefined where there is no apt, no network, or no such package
 */
export function unpackDebianPackage(wanted: DebianPackage, log: Log): UnpackedPackage | undefined {
  if (!fs.existsSync('/var/lib/dpkg/status')) return undefined;
  const root = path.join(wanted.directory, UNPACKED);
  try {
    const isNew = !fs.existsSync(root);
    if (isNew) fetchPackage(wanted, log);
    return { root, libraries: librariesBelow(root), isNew };
  } catch (error) {
    log(`Debian's ${wanted.name} could not be fetched: ${(error as Error).message}`);
    return undefined;
  }
}

function fetchPackage(
  { name, companions = [], program, directory }: DebianPackage,
  log: Log,
): void {
  log(
    `No ${program} on PATH: fetching Debian's ${name} (not installed, for this project only) ...`,
  );
  const work = `${directory}.${process.pid}`;
  try {
    for (const folder of ['state/lists/partial', 'cache/archives/partial', 'packages', UNPACKED]) {
      fs.mkdirSync(path.join(work, folder), { recursive: true });
    }
    const apt = aptFor(work);
    apt('update');
    const needed = packagesFrom(apt('--simulate', '--no-install-recommends', 'install', name));
    // One that is installed, but not on PATH, would not be installed again.
    apt('download', ...new Set([name, ...companions, ...needed]));
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

/** Removes what was unpacked: a copy that does not start is never kept. */
export function discardPackage({ directory }: Pick<DebianPackage, 'directory'>): void {
  fs.rmSync(directory, { recursive: true, force: true });
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
  // There is no output at all of a command that could not be started.
  const lastLine = error?.message ?? stderr.trim().split('\n').at(-1);
  throw new Error(`${command} failed: ${lastLine || `exit code ${status ?? '?'}`}`);
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
