import { type ChildProcess, spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const ROOT = path.join(__dirname, '../..');

/** Stands for npm: notes that it ran. The compiler that it installs is the real one and notes that too. */
const NPM = `
const fs = require('node:fs');
fs.appendFileSync('ran.log', 'npm ' + process.argv.slice(2).join(' ') + '\\n');
fs.mkdirSync('node_modules/@swc/core', { recursive: true });
fs.copyFileSync('swc.js', 'node_modules/@swc/core/index.js');
fs.mkdirSync('node_modules/pg', { recursive: true });
fs.writeFileSync('node_modules/pg/package.json', '{}');`;
const SWC = `
require('node:fs').appendFileSync('ran.log', 'swc\\n');
exports.transformFile = require(${JSON.stringify(require.resolve('@swc/core'))}).transformFile;`;
const PROGRAM = `
import { greeting } from '@app/greeting';
console.log(greeting, JSON.stringify(process.argv.slice(2)), require.main === module);
process.exitCode = 7;`;

/** A project with nothing but our launcher, those stand-ins, a library, and one program, `hello`. */
class Project {
  readonly root = fs.mkdtempSync(path.join(os.tmpdir(), 'launcher-'));

  constructor() {
    this.write('package.json', '{"dependencies":{"pg":"1.0.0"}}');
    this.write('package-lock.json', '{}');
    this.write('npm-cli.js', NPM);
    this.write('swc.js', SWC);
    this.write('src/hello.ts', PROGRAM);
    this.write('libs/greeting/src/index.ts', "export const greeting: string = 'Hello';");
    for (const part of ['.swcrc', 'scripts/run.mjs', 'scripts/launcher']) {
      fs.cpSync(path.join(ROOT, part), path.join(this.root, part), { recursive: true });
    }
  }

  write(file: string, text: string): void {
    const target = path.join(this.root, file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, text);
  }

  has(file: string): boolean {
    return fs.existsSync(path.join(this.root, file));
  }

  /** What was installed and built since the last call. */
  ran(): string[] {
    const log = path.join(this.root, 'ran.log');
    const lines = this.has('ran.log') ? fs.readFileSync(log, 'utf8').trim().split('\n') : [];
    fs.rmSync(log, { force: true });
    return lines.map((line) => line.split(' ').slice(0, 2).join(' '));
  }

  run(...args: string[]): SpawnSyncReturns<string> {
    return spawnSync(process.execPath, ['scripts/run.mjs', ...args], {
      ...this.options(),
      encoding: 'utf8',
    });
  }

  start(...args: string[]): ChildProcess {
    return spawn(process.execPath, ['scripts/run.mjs', ...args], this.options());
  }

  remove(): void {
    fs.rmSync(this.root, { recursive: true, force: true });
  }

  private options(): { cwd: string; env: NodeJS.ProcessEnv } {
    const env = { ...process.env, npm_execpath: path.join(this.root, 'npm-cli.js') };
    return { cwd: this.root, env };
  }
}

describe('scripts/run.mjs', () => {
  let project: Project;
  beforeEach(() => {
    project = new Project();
  });
  afterEach(() => {
    project.remove();
  });

  it('installs and builds at first, then runs the program with its arguments and exit code', () => {
    const { stdout, status } = project.run('hello', '--name', 'a b');

    expect(project.ran()).toStrictEqual(['npm ci', 'swc']);
    expect(stdout).toBe('Hello ["--name","a b"] true\n');
    expect(status).toBe(7);
  });

  it('does neither again when nothing has changed', () => {
    project.run('hello');
    project.ran();

    const { stderr } = project.run('hello');

    expect(project.ran()).toStrictEqual([]);
    expect(stderr).toBe('');
  });

  it('builds anew after a change and leaves no stale file', () => {
    project.write('src/old.ts', '');
    project.run('hello');
    project.ran();

    fs.rmSync(path.join(project.root, 'src/old.ts'));
    project.run('hello');

    expect(project.ran()).toStrictEqual(['swc']);
    expect(project.has('dist/src/old.js')).toBe(false);
  });

  it('installs and builds anew when package-lock.json has changed', () => {
    project.run('hello');
    project.ran();

    project.write('package-lock.json', '{"changed":true}');
    project.run('hello');

    expect(project.ran()).toStrictEqual(['npm ci', 'swc']);
  });

  it('installs when a package is missing', () => {
    project.run('hello');
    project.ran();

    fs.rmSync(path.join(project.root, 'node_modules/pg'), { recursive: true });
    project.run('hello');

    expect(project.ran()).toStrictEqual(['npm ci']);
  });

  it('refuses to install through a linked node_modules, which would empty another project', () => {
    fs.mkdirSync(path.join(project.root, 'elsewhere'));
    fs.symlinkSync('elsewhere', path.join(project.root, 'node_modules'));

    const { stderr, status } = project.run('hello');

    expect(stderr).toContain('node_modules is a link');
    expect([status, project.ran()]).toStrictEqual([1, []]);
  });

  it('keeps the earlier build, and shows what does not compile, when a build fails', () => {
    project.run('hello');
    project.write('src/one.ts', 'const one = ;');
    project.write('src/two.ts', 'const two = ;');

    const { stderr, status } = project.run('hello');

    expect(stderr).toContain('const one = ;');
    expect(stderr).toContain('const two = ;');
    expect(status).toBe(1);
    expect(project.has('dist/src/hello.js')).toBe(true);
  });

  it('builds what programs read beside their code, and no tests', () => {
    project.write('src/page/assets/style.css', 'a {}');
    project.write('src/page/README.md', '# Page');
    project.write('src/page/page.spec.ts', '');

    project.run('build');

    expect(fs.readdirSync(path.join(project.root, 'dist/src/page'))).toStrictEqual(['assets']);
    expect(project.has('dist/src/page/assets/style.css')).toBe(true);
  });

  it('gives import() of our own modules what they export', () => {
    project.write('src/words.ts', "export const word = 'loaded'; export type Word = typeof word;");
    project.write(
      'src/hello.ts',
      "void import('./words.js').then(({ word }) => process.exit(word === 'loaded' ? 3 : 4));",
    );

    expect(project.run('hello').status).toBe(3);
  });

  it('installs and builds once when several start together', async () => {
    const codes = await Promise.all(
      [1, 2, 3].map(async () => {
        const [code] = (await once(project.start('hello'), 'exit')) as [number];
        return code;
      }),
    );

    expect(codes).toStrictEqual([7, 7, 7]);
    expect(project.ran()).toStrictEqual(['npm ci', 'swc']);
  });

  it('takes over from a process that died while it was building', () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    project.write('.prepare.lock', String(pid));

    expect(project.run('hello').status).toBe(7);
    expect(project.has('.prepare.lock')).toBe(false);
  });

  it('names the places where it looked for a program', () => {
    const { stderr, status } = project.run('nothing');

    expect(stderr).toContain('no program "nothing"');
    expect(status).toBe(1);
  });
});

describe('nest-cli.json', () => {
  it('names every library', () => {
    const { projects } = JSON.parse(fs.readFileSync(path.join(ROOT, 'nest-cli.json'), 'utf8')) as {
      readonly projects: object;
    };

    expect(Object.keys(projects).sort()).toStrictEqual(
      fs.readdirSync(path.join(ROOT, 'libs')).sort(),
    );
  });
});
