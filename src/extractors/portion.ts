import type { ResourceType } from '@app/fhir';

import { withAbsoluteUrls } from './attachments';
import { blocks } from './blocks';
import { deletions } from './deletions';
import { withElements } from './elements';
import type { ExtractorRegistry } from './extractor-registry';
import { type ExportScope, SLOTS } from './resource-extractor';
import { members } from './sql';

/** What a part of an export gives. */
export type Portion =
  | { readonly kind: 'resources'; readonly type: ResourceType }
  /** Bundles of what was deleted of these types. */
  | { readonly kind: 'deleted'; readonly types: readonly ResourceType[] }
  /** The blocks of patients, each with what it has of these types (PR-90). */
  | {
      readonly kind: 'blocks';
      readonly types: readonly ResourceType[];
      readonly scopeOf: (type: ResourceType) => ExportScope;
    };

/** Makes SQL of portions. */
export class PortionQueries {
  constructor(
    private readonly registry: ExtractorRegistry,
    private readonly fhirBase: string,
  ) {}

  /** SQL of the lines, as they go to files. @param onlyReadable leave out rows without content */
  lines(portion: Portion, scope: ExportScope, onlyReadable: boolean): string {
    if (portion.kind === 'blocks') return this.blocks(portion, onlyReadable);
    const stored = this.stored(portion, scope);
    const lines = onlyReadable ? `${rows(stored)} where content <> ''` : stored;
    return portion.kind === 'deleted' ? lines : this.shaped(lines, portion.type, scope, []);
  }

  /** SQL of one text column with a row for each line; the text may be the stored one. */
  stored(portion: Portion, scope: ExportScope): string {
    switch (portion.kind) {
      case 'resources':
        return this.registry.get(portion.type).select(this.withBase(scope));
      case 'blocks':
        return this.everyLine(portion);
      case 'deleted':
        return this.deleted(portion.types, scope);
    }
  }

  /** See Extraction.frozenMembers. */
  members(jobId: string, at: string, searches: readonly string[] | undefined): string {
    const scope = this.withBase({
      ...{ jobId, level: 'group', slots: ALL_SLOTS, transactionTime: at, since: undefined },
      ...{ provenanceOf: [], filters: searches && [searches] },
    });
    const all = members(scope);
    if (searches === undefined) return all;
    const matching = this.registry.get('Patient').select(scope, { columns: 'v.id' });
    return `${all} and m.patient_id in (${matching})`;
  }

  /** SQL of the rows that no line can be made of. */
  unreadable(portion: Portion, scope: ExportScope): string {
    return `${rows(this.stored(portion, scope))} where coalesce(content, '') = ''`;
  }

  private everyLine(portion: Blocks): string {
    const selects = this.byPatient(portion, 'v.content').map(({ select }) => select);
    return selects.join('\nunion all\n') || NOTHING;
  }

  private deleted(types: readonly ResourceType[], scope: ExportScope): string {
    const { since } = scope;
    if (since === undefined) throw new Error('Deletions are given since an instant only.');
    const asked = { ...this.withBase(scope), since, types };
    return deletions(asked, (type) => this.registry.get(type));
  }

  private blocks(portion: Blocks, onlyReadable: boolean): string {
    const lines = this.byPatient(portion, 'm.patient_id, v.id, v.content').map(
      ({ type, scope, select }) => ({
        type,
        select: this.shaped(select, type, scope, ['patient_id', 'id']),
      }),
    );
    return blocks(lines, onlyReadable);
  }

  private byPatient({ types, scopeOf }: Blocks, columns: string): readonly OfType[] {
    return types.flatMap((type) => {
      const scope = this.withBase(scopeOf(type));
      const select = this.registry.get(type).byPatient?.(scope, columns);
      return select === undefined ? [] : [{ type, scope, select }];
    });
  }

  private withBase(scope: ExportScope): ExportScope {
    return { ...scope, fhirBase: this.fhirBase };
  }

  /** @param others the columns in front of the content */
  private shaped(
    lines: string,
    type: ResourceType,
    { elements }: ExportScope,
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

type Blocks = Extract<Portion, { readonly kind: 'blocks' }>;

/** What the blocks have of a type. */
interface OfType {
  readonly type: ResourceType;
  readonly scope: ExportScope;
  readonly select: string;
}

const ALL_SLOTS = { from: 0, to: SLOTS - 1 };
const CONTENT = 'line.content';
const NOTHING = 'select null::text where false';

function rows(select: string): string {
  return `select content from (${select}) as rows (content)`;
}
