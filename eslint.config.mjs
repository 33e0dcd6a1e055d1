import js from '@eslint/js';
import prettier from 'eslint-config-prettier/flat';
import importX from 'eslint-plugin-import-x';
import jest from 'eslint-plugin-jest';
import n from 'eslint-plugin-n';
import { defineConfig } from 'eslint/config';
import ts from 'typescript-eslint';

const tests = ['**/*.spec.ts', '**/*.e2e-spec.ts', 'test/**/*.ts'];
const consolePrograms = ['src/cli/**', 'src/cli.ts', 'scripts/**', 'bench/**', 'test/**'];

const keysHang =
  'Use libs/keys: a key that shares its lock with the job that made it hangs Node 20, sooner or later.';
const makesKeys = '/^generateKey(Pair(Sync)?)?$/';

/** Refuses the clocks of hosts, and those of PostgreSQL in statements. */
const oneClock = {
  create(context) {
    const refuse = (node) =>
      context.report({
        node,
        message: "Ask the service's clock, or measure with performance.now().",
      });
    const sql =
      /(?<!service\.)\bnow\(\)|\b(?:clock|statement|transaction)_timestamp\b|\bcurrent_timestamp\b/i;
    return {
      'MemberExpression[object.name="Date"][property.name="now"]': refuse,
      'NewExpression[callee.name="Date"][arguments.length=0]': refuse,
      TemplateElement: (node) => sql.test(node.value.raw) && refuse(node),
      Literal: (node) => typeof node.value === 'string' && sql.test(node.value) && refuse(node),
    };
  },
};

export default defineConfig(
  {
    ignores: [
      'dist',
      'coverage',
      'node_modules',
      '.demo',
      '.test',
      '**/*.cjs',
      '**/*.js',
      '**/*.mjs',
    ],
  },
  js.configs.recommended,
  ts.configs.strictTypeChecked,
  {
    plugins: { n, 'import-x': importX },
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: false },
      ],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      // Options objects of Nest are classes in its typings, and literals in its documentation.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'import-x/order': [
        'error',
        {
          groups: ['builtin', 'external', 'internal', ['parent', 'sibling', 'index']],
          'newlines-between': 'always',
          alphabetize: { order: 'asc' },
          pathGroups: [{ pattern: '@app/**', group: 'internal' }],
          pathGroupsExcludedImportTypes: ['builtin'],
        },
      ],
      'import-x/no-default-export': 'error',
      'n/no-process-env': 'error',
      'no-console': 'error',
      'max-params': ['error', 4],
      complexity: ['error', 12],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'CallExpression[callee.name="forwardRef"]',
          message: 'A cycle: move the shared part down instead.',
        },
        {
          selector: 'CallExpression[callee.property.name="createQueryRunner"]',
          message: 'Whoever holds a connection must not get another: withRunner sees to that.',
        },
        // Also webcrypto's `subtle.generateKey`, and what is taken out of a module by a pattern.
        { selector: `MemberExpression[property.name=${makesKeys}]`, message: keysHang },
        { selector: `MemberExpression[property.value=${makesKeys}]`, message: keysHang },
        { selector: `ObjectPattern > Property[key.name=${makesKeys}]`, message: keysHang },
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: ['node:crypto', 'crypto', 'jose'].map((name) => ({
            name,
            importNames: ['generateKeyPair', 'generateKeyPairSync'],
            message: keysHang,
          })),
        },
      ],
    },
  },
  {
    // Nest constructors list what a class needs; the limit of four is for calls that people write.
    files: ['**/*.service.ts', '**/*.controller.ts', '**/*.processor.ts', '**/*.strategy.ts'],
    rules: { 'max-params': ['error', 8] },
  },
  {
    files: ['src/database/with-runner.ts', ...tests],
    rules: { 'no-restricted-syntax': 'off' },
  },
  { files: ['src/config/**'], rules: { 'n/no-process-env': 'off' } },
  {
    // What lasts is decided by the service's clock, and waiting is measured: docs/adr/0034-one-clock.md.
    files: ['src/**'],
    ignores: [
      'src/**/*.spec.ts',
      'src/common/host-clock.ts',
      'src/database/migrations/**',
      // They keep the clinical store's own clock.
      'src/clinical-data/**',
      'src/feed/**',
      // Code for clients.
      'src/docs/**',
      'src/packed-segments/**',
      // Progress for people.
      'src/cli/load-progress.ts',
    ],
    plugins: { clock: { rules: { one: oneClock } } },
    rules: { 'clock/one': 'error' },
  },
  { files: consolePrograms, rules: { 'no-console': 'off', 'n/no-process-env': 'off' } },
  {
    files: tests,
    ...jest.configs['flat/recommended'],
    rules: {
      ...jest.configs['flat/recommended'].rules,
      'jest/no-disabled-tests': 'error',
      'jest/prefer-strict-equal': 'error',
      'jest/require-top-level-describe': 'error',
      'jest/valid-title': ['error', { ignoreTypeOfDescribeName: true }],
      'jest/expect-expect': [
        'error',
        { assertFunctionNames: ['expect', 'expect*', 'request.**.expect', '**.expect'] },
      ],
      '@typescript-eslint/unbound-method': 'off',
      'max-lines-per-function': 'off',
      'max-lines': ['error', { max: 500, skipBlankLines: true, skipComments: true }],
    },
  },
  prettier,
);
