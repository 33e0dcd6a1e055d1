/* Who may import whom: the arrows of docs/architecture.md, one line per module. What is not named is refused. */
const MAY_IMPORT = {
  admin: ['auth', 'export-jobs', 'groups', 'audit'],
  audit: [],
  auth: ['audit'],
  'clinical-data': [],
  cohort: ['clinical-data'],
  conformance: ['extractors', 'auth'],
  console: ['admin', 'audit', 'auth', 'export-jobs', 'feed', 'health'],
  'export-jobs': [
    'auth',
    'groups',
    'clinical-data',
    'cohort',
    'extractors',
    'feed',
    'packed-segments',
    'provenance',
    'storage',
    'audit',
  ],
  extractors: ['clinical-data', 'cohort'],
  feed: ['clinical-data', 'auth', 'audit'],
  groups: ['clinical-data', 'auth', 'audit'],
  health: ['storage', 'feed'],
  'packed-segments': ['clinical-data', 'cohort', 'extractors'],
  provenance: ['extractors'],
  resources: ['auth', 'groups', 'clinical-data', 'audit'],
  storage: [],
};
/* Below all modules; each may import the ones before it. */
const LOW = ['config', 'common', 'database'];

const MODULES = Object.keys(MAY_IMPORT);
const FOLDERS = [...LOW, ...MODULES];
const any = (names) => `(?:${names.join('|')})`;
const inside = (names) => `^src/${any(names)}/`;
const door = (names) => `^src/${any(names)}/index\\.ts$`;
/* What the processes are put together from: they know every door, and nobody imports them. */
const ROOTS = `^src/(?:[^/]+\\.ts$|(?!${any(FOLDERS)}/)[^/]+/)`;
const SPECS = '\\.(?:spec|e2e-spec)\\.ts$';

const only = (name, allowed) => ({
  name: `${name}-imports-only-what-it-may`,
  severity: 'error',
  from: { path: inside([name]) },
  to: {
    path: '^src/',
    pathNot: [inside([name]), ...(allowed.length > 0 ? [door(allowed)] : [])],
  },
});

module.exports = {
  forbidden: [
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphan',
      severity: 'error',
      from: { orphan: true, path: '^(src|libs)/.*\\.ts$', pathNot: [SPECS, '\\.d\\.ts$'] },
      to: {},
    },
    ...LOW.map((name, level) => only(name, LOW.slice(0, level))),
    ...MODULES.map((name) => only(name, [...LOW, ...MAY_IMPORT[name]])),
    {
      name: 'provenance-takes-types-only',
      comment: 'the policy is a pure function over resource types; it runs no extractor',
      severity: 'error',
      from: { path: inside(['provenance']) },
      to: { path: inside(['extractors']), dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-own-door',
      comment: 'a module that imports its own index.ts is where barrel cycles begin',
      severity: 'error',
      from: { path: '^src/([^/]+)/', pathNot: SPECS },
      to: { path: '^src/$1/index\\.ts$' },
    },
    {
      name: 'roots-use-doors',
      severity: 'error',
      from: { path: ROOTS },
      to: { path: inside(FOLDERS), pathNot: door(FOLDERS) },
    },
    {
      name: 'export-jobs-is-the-top',
      comment: 'only the roots put it into a process, and operators act on it',
      severity: 'error',
      from: { path: '^(src|libs)/', pathNot: [ROOTS, inside(['admin', 'console', 'export-jobs'])] },
      to: { path: inside(['export-jobs']) },
    },
    {
      name: 'libs-are-leaves',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^(src|scripts|bench|test)/' },
    },
    {
      name: 'libs-know-no-framework',
      severity: 'error',
      from: { path: '^libs/', pathNot: SPECS },
      to: { path: 'node_modules/(@nestjs|typeorm|bull|ioredis|pg|express|passport)(/|-)' },
    },
    {
      name: 'libs-have-one-door',
      severity: 'error',
      from: { path: '^(src|scripts|bench|libs/([^/]+))/' },
      to: { path: '^libs/[^/]+/src/', pathNot: ['^libs/[^/]+/src/index\\.ts$', '^libs/$2/'] },
    },
    {
      name: 'service-runs-without-tools',
      comment: 'scripts, bench and test are not in the image',
      severity: 'error',
      from: { path: '^(src|libs)/', pathNot: SPECS },
      to: { path: ['^(scripts|bench|test)/', SPECS] },
    },
    {
      name: 'service-runs-without-dev-packages',
      severity: 'error',
      from: { path: '^(src|libs)/', pathNot: SPECS },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only'],
        pathNot: 'node_modules/@types/',
      },
    },
    {
      name: 'bull-at-the-edge-only',
      comment: 'the record is the truth, the queue a signal',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.(processor|queue|module)(\\.spec)?\\.ts$' },
      to: { path: 'node_modules/(bull|@nestjs/bull)/' },
    },
    {
      name: 'controllers-touch-no-tables',
      severity: 'error',
      from: { path: '\\.controller\\.ts$' },
      to: { path: ['\\.entity\\.ts$', 'node_modules/(typeorm|pg)/'] },
    },
    {
      name: 'resolvable',
      comment: 'but for what pages get from a package, under its own name beside our files',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^\\./standalone\\.module\\.js$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
