import type { OutcomeIssue } from '@app/fhir';

import { errorFiles } from './error-file';
import { requireCovered } from './files/required-types';

const FAILED: OutcomeIssue = { severity: 'error', code: 'processing', expression: ['Goal'] };
const JOB = { parameters: { types: ['Goal'], provenanceOf: [], since: undefined } } as const;
const GROUP = { ...JOB, target: { level: 'group', groupId: 'G' } } as const;

const extensionsOf = (...issues: OutcomeIssue[]): unknown[] =>
  errorFiles(GROUP, issues).flatMap(({ content }) =>
    content
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { extension?: unknown }).extension),
  );
const about = (reference: string): object[] => [
  {
    url: 'http://hl7.org/fhir/StructureDefinition/operationoutcome-sourceResource',
    valueReference: { reference },
  },
];

describe('error files', () => {
  it('name the resource where an outcome is about one, and none where it is about several (ER-03)', () => {
    expect(extensionsOf(FAILED, { ...FAILED, source: 'Goal/1' })).toStrictEqual([
      undefined,
      about('Goal/1'),
    ]);
  });

  it('name the group when that could not be exported, which is one by itself (ER-03)', () => {
    const failed = { ...FAILED, expression: ['Group'] };

    expect(extensionsOf(failed)).toStrictEqual([about('Group/G')]);
    const [file] = errorFiles({ ...JOB, target: { level: 'patient' } }, [failed]);
    expect(file?.content.toString()).not.toContain('extension');
  });

  it('want a token that covers the types of the resources that they name (SEC-04)', () => {
    const app = {
      ...{ appId: 'a', appName: 'A', scopes: [], scopeFilters: {} },
      allowedTypes: new Set(['Patient'] as const),
      licence: { allGroups: true, groups: [], resourceTypes: undefined },
    };
    const named = errorFiles(GROUP, [{ ...FAILED, source: 'Goal/1' }])[0]?.about;
    const name = { section: 'error', type: 'OperationOutcome', ordinal: 1 } as const;

    expect(named).toStrictEqual(['Goal']);
    expect(() => {
      requireCovered(name, GROUP, app, named);
    }).toThrow('does not cover Goal');
    expect(() => {
      requireCovered(name, GROUP, app, []);
    }).not.toThrow();
  });
});
