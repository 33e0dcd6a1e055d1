import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { type Instruction, readCopy, readDockerfile, type Stage } from './dockerfile';
import { readDockerignore } from './dockerignore';
import { productionFiles } from './production-packages';

interface BuildContext {
  /** The project, which COPY without --from copies out of. */
  readonly project: string;
  /** Every stage gets a folder below it that stands for the stage's root. */
  readonly work: string;
  readonly log: (line: string) => void;
}

/**
 * Goes through WORKDIR, COPY, ENV and RUN of a Dockerfile on this machine, with its Node in place of the
 * base image's: the same files end up in the same places. RUN works in the stage's WORKDIR, but `npm ci` of
 * everything links the packages of the project, and one of production packages copies those; owners are ignored.
 *
 * @returns the folder that is the last stage's WORKDIR
 */
export function reproduce(source: string, context: BuildContext): string {
  const builds = readDockerfile(source).map((stage) => new StageBuild(stage, context));
  for (const build of builds) build.run();
  const last = builds.at(-1);
  if (!last) throw new Error('The Dockerfile has no stage.');
  return last.directory;
}

class StageBuild {
  private readonly root: string;
  private readonly environment: Record<string, string> = plainEnvironment();
  private workdir = '/';

  constructor(
    private readonly stage: Stage,
    private readonly context: BuildContext,
  ) {
    this.root = path.join(context.work, stage.name);
  }

  get directory(): string {
    return path.join(this.root, this.workdir);
  }

  run(): void {
    fs.mkdirSync(this.root, { recursive: true });
    for (const instruction of this.stage.instructions) this.apply(instruction);
  }

  private apply({ keyword, text }: Instruction): void {
    if (keyword === 'WORKDIR') this.enter(text);
    else if (keyword === 'ENV') this.set(text);
    else if (keyword === 'COPY') this.copy(text);
    else if (keyword === 'RUN') this.execute(text);
    // The others describe the image; they make no files.
  }

  private enter(directory: string): void {
    this.workdir = path.posix.resolve(this.workdir, directory);
    fs.mkdirSync(this.directory, { recursive: true });
  }

  private set(text: string): void {
    const [name = '', ...value] = text.split('=');
    this.environment[name] = value.join('=');
  }

  private copy(text: string): void {
    const { from, sources, destination } = readCopy(text);
    const target = path.join(this.root, path.posix.resolve(this.workdir, destination));
    const into = destination.endsWith('/') || sources.length > 1;
    for (const source of sources) {
      const origin = from === undefined ? this.context.project : path.join(this.context.work, from);
      const original = path.join(origin, source);
      const isFolder = fs.statSync(original).isDirectory();
      const copy = into && !isFolder ? path.join(target, path.basename(source)) : target;
      fs.cpSync(original, copy, {
        recursive: true,
        verbatimSymlinks: true,
        ...(from === undefined && { filter: this.inContext() }),
      });
      if (!fs.existsSync(copy)) throw new Error(`COPY ${text}: .dockerignore keeps ${source} out.`);
    }
  }

  private inContext(): (file: string) => boolean {
    const { project } = this.context;
    const letsIn = readDockerignore(fs.readFileSync(path.join(project, '.dockerignore'), 'utf8'));
    return (file) => fs.statSync(file).isDirectory() || letsIn(path.relative(project, file));
  }

  /** The project has all packages by the same lock file: installing them again shows nothing. */
  private linkPackages(): void {
    const modules = path.join(this.context.project, 'node_modules');
    this.context.log(`${this.stage.name}: the packages of the project`);
    fs.symlinkSync(modules, path.join(this.directory, 'node_modules'));
  }

  /** Not a link to the folder: from there Node would find the development packages too. */
  private copyProductionPackages(): void {
    const { project, log } = this.context;
    log(`${this.stage.name}: the production packages of the project`);
    const lock = fs.readFileSync(path.join(project, 'package-lock.json'), 'utf8');
    for (const file of productionFiles(project, lock)) {
      const copy = path.join(this.directory, file);
      fs.mkdirSync(path.dirname(copy), { recursive: true });
      linkOrCopy(path.join(project, file), copy);
    }
  }

  private execute(command: string): void {
    if (command.startsWith('npm ci ')) {
      if (command.includes('--omit=dev')) this.copyProductionPackages();
      else this.linkPackages();
      return;
    }
    this.context.log(`${this.stage.name}: ${command}`);
    const { status, stdout, stderr } = spawnSync('sh', ['-euc', command], {
      cwd: this.directory,
      env: this.environment,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`RUN ${command} failed:\n${stdout}${stderr}`);
  }
}

/** A second name for a file costs a hundredth of a copy; there is none on another file system. */
function linkOrCopy(file: string, copy: string): void {
  try {
    fs.linkSync(file, copy);
  } catch {
    fs.copyFileSync(file, copy);
  }
}

/** Little of ours, as in a fresh container, but enough for npm to find its registry and cache. */
function plainEnvironment(): Record<string, string> {
  const kept = /^(PATH|HOME|TMPDIR|https?_proxy|no_proxy|npm_config_(registry|userconfig|cache))$/i;
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      kept.test(name) && value !== undefined ? [[name, value]] : [],
    ),
  );
}
