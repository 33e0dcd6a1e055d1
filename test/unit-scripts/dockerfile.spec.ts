import fs from 'node:fs';
import path from 'node:path';

import { readCopy, readDockerfile } from '../../scripts/docker/dockerfile';
import { readDockerignore } from '../../scripts/docker/dockerignore';
import { lintDockerfile } from '../../scripts/docker/lint';
import { unpinnedImages } from '../../scripts/docker/pinned';
import { productionFiles } from '../../scripts/docker/production-packages';

const DOCKER = path.join(__dirname, '../../docker');
const DOCKERFILE = fs.readFileSync(path.join(DOCKER, 'Dockerfile'), 'utf8');

describe('reading a Dockerfile', () => {
  it('gives stages with their names and instructions', () => {
    const [build, last] = readDockerfile(
      'FROM a:1 AS build\nRUN x\nFROM b:2\nCOPY --from=build y .',
    );

    expect(build).toStrictEqual({
      name: 'build',
      image: 'a:1',
      instructions: [{ keyword: 'RUN', text: 'x', line: 2 }],
    });
    expect(last).toMatchObject({ name: '1', image: 'b:2' });
  });

  it('joins continued lines and leaves comments out', () => {
    const [stage] = readDockerfile('FROM a:1\nRUN one \\\n  # why\n  two\nUSER node');

    expect(stage?.instructions.map(({ text }) => text)).toStrictEqual(['one two', 'node']);
  });

  it('refuses an instruction before the first FROM', () => {
    expect(() => readDockerfile('RUN x')).toThrow('Dockerfile:1: RUN before FROM');
  });

  it('tells the parts of COPY', () => {
    expect(readCopy('--from=build --chown=node:node /app/a b ./to/')).toStrictEqual({
      from: 'build',
      sources: ['/app/a', 'b'],
      destination: './to/',
    });
  });
});

describe('reading .dockerignore', () => {
  it('lets only the named paths through after *', () => {
    const letsIn = readDockerignore('# all\n*\n!src\n**/*.spec.ts');

    expect(
      ['src/a.ts', 'src/b/c.ts', 'src/b/c.spec.ts', '.env', 'srcs/a'].map(letsIn),
    ).toStrictEqual([true, true, false, false, false]);
  });
});

describe('the production packages of a lock file', () => {
  it('are all but development packages, at any depth', () => {
    const project = path.join(__dirname, '../..');
    const lock = fs.readFileSync(path.join(project, 'package-lock.json'), 'utf8');
    const files = productionFiles(project, lock);

    expect(files).toContain('node_modules/@nestjs/common/package.json');
    expect(files).not.toContain('node_modules/jest/package.json');
    expect(files).not.toContain('node_modules/.package-lock.json');

    const nested = JSON.stringify({ packages: { 'node_modules/jest/bin': { dev: true } } });
    expect(productionFiles(project, nested)).not.toContain('node_modules/jest/bin/jest.js');
  });
});

describe('linting a Dockerfile', () => {
  it('finds nothing in ours', () => {
    expect(lintDockerfile(DOCKER, DOCKERFILE)).toStrictEqual([]);
  });

  it.each([
    { fault: 'root', from: 'USER node', to: 'USER root', message: 'runs as root' },
    { fault: 'no check', from: 'HEALTHCHECK', to: '# HEALTHCHECK', message: 'no HEALTHCHECK' },
    { fault: 'a secret', from: 'ENV PORT', to: 'ENV DB_PASSWORD', message: 'secret' },
    {
      fault: 'everything copied',
      from: 'COPY src ./src',
      to: 'COPY . .',
      message: 'whole context',
    },
    { fault: 'no tag', from: /:26\S+ AS build/, to: ' AS build', message: 'Tag' },
    {
      fault: 'a tag that can move',
      from: /@sha256:\w+ AS runtime/,
      to: ' AS runtime',
      message: 'stage runtime: pin',
    },
    {
      fault: 'a Node that is not maintained any more',
      from: /node:26(\S+) AS build/,
      to: 'node:22$1 AS build',
      message: 'no active LTS',
    },
    {
      fault: 'a shell',
      from: 'CMD ["node", "--max-old',
      to: 'CMD node x #',
      message: 'list',
    },
    { fault: 'npm install', from: 'npm ci --no', to: 'npm install --no', message: 'npm ci' },
  ])('finds $fault', ({ from, to, message }) => {
    const faults = lintDockerfile(DOCKER, DOCKERFILE.replace(from, to));

    expect(faults.join('\n')).toContain(message);
  });
});

describe('the images of a compose file', () => {
  it.each(['compose.yml', 'compose.s3.yml'])('are all pinned in %s', (file) => {
    expect(unpinnedImages(fs.readFileSync(path.join(DOCKER, file), 'utf8'))).toStrictEqual([]);
  });

  it('are named when a tag alone says which', () => {
    const compose = 'services:\n  a:\n    image: "redis:7"\n  b:\n    image: ehr-bulk-data:local\n';

    expect(unpinnedImages(compose)).toStrictEqual(['pin redis:7 by its digest.']);
  });
});
