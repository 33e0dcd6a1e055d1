const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

// Nest 12 and jose are ESM only. jest can require() ESM only on newer Nodes behind a flag, so the
// packages that say "type": "module" are compiled to CommonJS; the list is read, not kept by hand.
function esmPackages() {
  const root = path.join(__dirname, 'node_modules');
  const isEsm = (name) => {
    const manifest = path.join(root, name, 'package.json');
    return (
      fs.existsSync(manifest) && JSON.parse(fs.readFileSync(manifest, 'utf8')).type === 'module'
    );
  };
  return fs
    .readdirSync(root)
    .filter((entry) => !entry.startsWith('.'))
    .flatMap((entry) =>
      entry.startsWith('@')
        ? fs.readdirSync(path.join(root, entry)).map((sub) => `${entry}/${sub}`)
        : [entry],
    )
    .filter(isEsm);
}

const compiler = JSON.parse(fs.readFileSync(path.join(__dirname, '.swcrc'), 'utf8'));

/** As the build compiles. */
const swc = (parser) => [
  '@swc/jest',
  {
    ...compiler,
    swcrc: false,
    sourceMaps: 'inline',
    jsc: { ...compiler.jsc, parser },
  },
];

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/src', '<rootDir>/libs', '<rootDir>/test'],
  testRegex: '\\.(spec|e2e-spec)\\.ts$',
  moduleFileExtensions: ['ts', 'js', 'mjs', 'json'],
  modulePathIgnorePatterns: ['<rootDir>/dist'],
  transform: {
    '^.+\\.ts$': swc(compiler.jsc.parser),
    '^.+\\.m?js$': swc({ syntax: 'ecmascript' }),
  },
  transformIgnorePatterns: [`/node_modules/(?!(?:${esmPackages().join('|')})/)`],
  moduleNameMapper: {
    '^@app/([^/]+)$': '<rootDir>/libs/$1/src',
    // What is loaded with import() has the name of what it is compiled to.
    '^(\\./s3-driver)\\.js$': '$1',
  },
  setupFilesAfterEnv: ['<rootDir>/test/support/stall-setup.ts'],
  testTimeout: 90_000,
  // jest leaves one processor to itself; of two that is one too many, for tests wait for servers a lot.
  maxWorkers: Math.max(2, os.availableParallelism() - 1),
};
