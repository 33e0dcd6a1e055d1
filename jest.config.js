const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

// Nest 12 and jose are ESM only. jest can require() ESM only on newer Nodes behind a flag, so the
// packages that say "type": "module" are compiled to CommonJS; the list is read, not kept by hand.
// A package may have packages of its own below it.
function esmPackages(directory = path.join(__dirname, 'node_modules'), above = '') {
  if (!fs.existsSync(directory)) return [];
  return fs
    .readdirSync(directory)
    .filter((entry) => !entry.startsWith('.'))
    .flatMap((entry) =>
      entry.startsWith('@')
        ? fs.readdirSync(path.join(directory, entry)).map((sub) => `${entry}/${sub}`)
        : [entry],
    )
    .flatMap((name) => {
      const inner = path.join(directory, name, 'node_modules');
      const own = isEsm(path.join(directory, name)) ? [`${above}${name}`] : [];
      return [...own, ...esmPackages(inner, `${above}${name}/node_modules/`)];
    });
}

function isEsm(folder) {
  const manifest = path.join(folder, 'package.json');
  return fs.existsSync(manifest) && JSON.parse(fs.readFileSync(manifest, 'utf8')).type === 'module';
}

const compiler = JSON.parse(fs.readFileSync(path.join(__dirname, '.swcrc'), 'utf8'));

/** As the build compiles. */
const swc = (parser, minify) => [
  '@swc/jest',
  {
    ...compiler,
    swcrc: false,
    sourceMaps: 'inline',
    jsc: { ...compiler.jsc, parser, minify },
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
    // yargs names a constant __dirname, which CommonJS has already.
    'yargs/lib/platform-shims/esm\\.mjs$': swc(
      { syntax: 'ecmascript' },
      { compress: false, mangle: { toplevel: true } },
    ),
    '^.+\\.m?js$': swc({ syntax: 'ecmascript' }),
  },
  transformIgnorePatterns: [
    `^(?!.*/node_modules/(?:${esmPackages().join('|')})/(?!.*/node_modules/)).*/node_modules/`,
  ],
  moduleNameMapper: {
    '^@app/([^/]+)$': '<rootDir>/libs/$1/src',
    // What is loaded with import() has the name of what it is compiled to.
    '^(\\.{1,2}/(?:s3-driver|failure|config/index|[a-z-]+\\.actions))\\.js$': '$1',
  },
  setupFilesAfterEnv: ['<rootDir>/test/support/stall-setup.ts'],
  testTimeout: 90_000,
  // One more than there are processors, while there are few: tests wait for servers a lot.
  maxWorkers: Math.max(Math.min(3, os.availableParallelism() + 1), os.availableParallelism() - 1),
};
