import type { ResourceType } from '@app/fhir';
import { SearchValues, VALUES_SETTING } from '@app/fhir-search';

import { ALL_BUCKETS, members } from '../cohort';
import { withAbsoluteUrls } from './attachments';
import { blocks } from './blocks';
import { deletions } from './deletions';
import { withElements } from './elements';
import type { ExtractorRegistry } from './extractor-registry';
import type { ExportScope, ReadPlan } from './resource-extractor';
import { type Reusable, reusable } from './reusable';
import { counting } from './sql';

/** What a part of an export gives. */
export type PartContent =
  | { readonly kind: 'resources'; readonly type: ResourceType }
  /** Bundles of what was deleted of these types. */
  | { readonly kind: 'deleted'; readonly types: readonly ResourceType[] }
  /** The blocks of patients, each with what it has of these types (PR-90). */
  | {
      readonly kind: 'blocks';
      readonly types: readonly ResourceType[];
      readonly scopeOf: (type: ResourceType) => ExportScope;
    };

/** A SELECT without parameters, and what it compares with, which must not be in its text. */
export interface Statement {
  readonly select: string;
  readonly setting?: { readonly name: string; readonly value: string };
}

/** A statement that may be the same for another export. */
export type CountStatement = Statement & { readonly reusable?: Reusable | undefined };

/** Makes SQL of the contents of parts. */
export class PartContentQueries {
  constructor(
    private readonly registry: ExtractorRegistry,
    private readonly fhirBase: string,
  ) {}

  /** SQL of the lines, as they go to files. @param onlyReadable leave out rows without content */
  lines(content: PartContent, scope: ExportScope, onlyReadable: boolean): Statement {
    return statement((values) => {
      if (content.kind === 'blocks') return this.blocks(content, onlyReadable, values);
      return this.shapedLines(content, this.searched(scope, values), onlyReadable);
    });
  }

  /** SQL of one text column with a row for each line; the text may be the stored one. */
  stored(content: PartContent, scope: ExportScope): Statement {
    return statement((values) => this.storedLines(content, this.searched(scope, values)));
  }

  /** See Extraction.counted. */
  counted(type: ResourceType, scope: ExportScope): CountStatement {
    const counted = statement((values) => {
      const extractor = this.registry.get(type);
      const searched = this.searched(scope, values);
      // Searches let rows without content pass where that is given: it is told of as missing.
      const columns = scope.filters ? 'v.id, v.content' : 'v.id';
      const ids =
        extractor.everyOne?.(searched, { columns }) ?? extractor.select(searched, { columns });
      return counting(repeated(ids, scope));
    });
    return { ...counted, reusable: reusable(counted.select, scope) };
  }

  /** See Extraction.lines. */
  lined(type: ResourceType, select: string): string {
    return this.shaped(select, type, {}, []);
  }

  /** SQL of the rows that no line can be made of; their `id` is null where a line is no resource. */
  unreadable(content: PartContent, scope: ExportScope): Statement {
    return statement((values) => {
      const searched = this.searched(scope, values);
      const stored =
        content.kind === 'resources'
          ? this.registry.get(content.type).select(searched, { columns: 'v.id, v.content' })
          : `select null, line.content from (${this.storedLines(content, searched)}) as line (content)`;
      return `select id from (${stored}) as rows (id, content) where coalesce(content, '') = ''`;
    });
  }

  private shapedLines(
    content: Exclude<PartContent, Blocks>,
    scope: Searched,
    onlyReadable: boolean,
  ): string {
    const stored = this.storedLines(content, scope);
    const lines = onlyReadable ? `${rows(stored)} where content <> ''` : stored;
    return content.kind === 'deleted' ? lines : this.shaped(lines, content.type, scope, []);
  }

  private storedLines(content: PartContent, scope: Searched): string {
    switch (content.kind) {
      case 'resources':
        return repeated(this.registry.get(content.type).select(scope), scope);
      case 'blocks':
        return this.everyLine(content, scope.plan.searches.values);
      case 'deleted':
        return this.deleted(content.types, scope);
    }
  }

  /** See Extraction.frozenMembers. */
  members(jobId: string, at: string, searches: readonly string[] | undefined): Statement {
    return statement((values) => {
      const asked: ExportScope = {
        cohort: { jobId, buckets: ALL_BUCKETS },
        plan: {},
        ...{ level: 'group', transactionTime: at, since: undefined },
        ...{ provenanceOf: [], filters: searches && [searches] },
      };
      const scope = this.searched(asked, values);
      const all = members(scope.cohort);
      if (searches === undefined) return all;
      const matching = this.registry.get('Patient').select(scope, { columns: 'v.id' });
      return `${all} and m.patient_id in (${matching})`;
    });
  }

  private everyLine(content: Blocks, values: SearchValues): string {
    const selects = this.byPatient(content, values, 'v.content').map(({ select }) => select);
    return selects.join('\nunion all\n') || NOTHING;
  }

  private deleted(types: readonly ResourceType[], scope: ExportScope): string {
    const { since } = scope;
    if (since === undefined) throw new Error('Deletions are given since an instant only.');
    const asked = { ...scope, since, types };
    return deletions(asked, (type) => this.registry.get(type));
  }

  private blocks(content: Blocks, onlyReadable: boolean, values: SearchValues): string {
    const lines = this.byPatient(content, values, 'm.patient_id, v.id, v.content').map(
      ({ type, scope, select }) => ({
        type,
        select: this.shaped(select, type, scope, ['patient_id', 'id']),
      }),
    );
    return blocks(lines, onlyReadable);
  }

  private byPatient(
    { types, scopeOf }: Blocks,
    values: SearchValues,
    columns: string,
  ): readonly OfType[] {
    return types.flatMap((type) => {
      const scope = this.searched(scopeOf(type), values);
      const select = this.registry.get(type).byPatient?.(scope, columns);
      return select === undefined ? [] : [{ type, scope, select }];
    });
  }

  private searched(scope: ExportScope, values: SearchValues): Searched {
    const searches = { fhirBase: this.fhirBase, values };
    return { ...scope, plan: { ...scope.plan, searches } };
  }

  /** @param others the columns in front of the content */
  private shaped(
    lines: string,
    type: ResourceType,
    { elements }: Pick<ExportScope, 'elements'>,
    others: readonly string[],
  ): string {
    const each = (select: string, text: string): string =>
      text === CONTENT
        ? select
        : `select ${[...others.map((name) => `line.${name}`), text].join(', ')}
           from (${select}) as line (${[...others, 'content'].join(', ')})`;
    const kept = each(lines, withElements(CONTENT, type, elements));
    return each(kept, withAbsoluteUrls(CONTENT, type, this.fhirBase));
  }
}

/** A scope with room for what its searches compare with. */
type Searched = ExportScope & { readonly plan: Required<Pick<ReadPlan, 'searches'>> };

type Blocks = Extract<PartContent, { readonly kind: 'blocks' }>;

/** What the blocks have of a type. */
interface OfType {
  readonly type: ResourceType;
  readonly scope: ExportScope;
  readonly select: string;
}

const CONTENT = 'line.content';
const NOTHING = 'select null::text where false';

function statement(selectOf: (values: SearchValues) => string): Statement {
  const values = new SearchValues();
  const select = selectOf(values);
  const { setting: value } = values;
  return { select, ...(value === undefined ? {} : { setting: { name: VALUES_SETTING, value } }) };
}

function repeated(select: string, { repeat }: ExportScope): string {
  if (repeat === undefined) return select;
  return `select line.* from (${select}) as line cross join generate_series(1, ${repeat})`;
}

function rows(select: string): string {
  return `select content from (${select}) as rows (content)`;
}
