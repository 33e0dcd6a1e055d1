import { createHash } from 'node:crypto';

import { isR4ResourceType, type LocalReference, type ResourceType } from '@app/fhir';

import type { Clock } from '../../../common';
import type { FhirSourceConfig } from '../../../config';
import type { Change, ChangeSource, Checkpoint } from '../change-source';
import type { Clocks } from '../marks';
import { type ExportCursor, ExportReading } from './export-reading';
import type { FhirServer } from './fhir-server';
import { type SearchCursor, SearchReading } from './search-reading';
import { ServerExport } from './server-export';

interface Prepared extends Clocks {
  readonly by: 'export' | 'search';
  /** Those that can be searched. */
  readonly types: readonly string[];
}

type Cursor = ExportCursor | SearchCursor;

export interface FhirSourceParts {
  readonly config: FhirSourceConfig;
  readonly server: FhirServer;
  readonly clock: Clock;
  /** Types that are read when the configuration names none. */
  readonly offered: readonly ResourceType[];
  readonly lineMaxBytes: number;
  /** Told of each resource that is not taken in: of another type, or too long. */
  readonly onLeftOut: (type: string) => void;
}

/** Another FHIR server, read by Bulk Data export or by search. */
export class FhirSource implements ChangeSource {
  readonly feed: string;
  readonly poll: number;
  readonly base: string;
  private prepared: Prepared | undefined;

  constructor(private readonly parts: FhirSourceParts) {
    const { feed, poll, url } = parts.config;
    [this.feed, this.poll, this.base] = [feed, poll, url];
  }

  get listedTypes(): readonly string[] {
    const { prepared } = this;
    const isListed = prepared?.by === 'search' || this.parts.config.isCompared;
    return prepared && isListed ? prepared.types : [];
  }

  async prepare(signal: AbortSignal): Promise<void> {
    const { config, server, clock } = this.parts;
    server.signal = signal;
    const ownClock = clock.now();
    const { capabilities, clock: told = ownClock } = await server.capabilities();
    const offered: ReadonlySet<string> = new Set(this.parts.offered);
    const known = capabilities.searchedTypes.filter((type) => offered.has(type));
    const exportsIf = capabilities.hasOperation(config.operation) ? 'export' : 'search';
    this.prepared = {
      by: config.readBy === 'auto' ? exportsIf : config.readBy,
      types: patientsFirst(config.types.length > 0 ? config.types : known),
      clock: told.toISOString(),
      ownClock: ownClock.toISOString(),
    };
  }

  changes(
    kept: unknown,
    _isCompared: boolean,
    signal: AbortSignal,
  ): AsyncGenerator<Change | Checkpoint, void> {
    const prepared = this.ready();
    const { clock, config } = this.parts;
    const { by } = prepared;
    const scope = scopeOf(
      by === 'export'
        ? [config.url, config.operation, config.types, config.isCompared]
        : [config.url],
    );
    const cursor = continued(kept as Cursor | undefined, by, scope);
    if (cursor.by === 'search') return this.searching(prepared).changes(cursor, prepared);
    const isFollowed = (change: Change): boolean => this.isFollowed(change);
    return new ExportReading(this.exporting(), clock, isFollowed, signal).changes(cursor, prepared);
  }

  ids(type: string): AsyncGenerator<string, void> {
    return this.searching(this.ready()).ids(type);
  }

  hasStill(resource: LocalReference): Promise<boolean> {
    return this.parts.server.has(resource);
  }

  private exporting(): ServerExport {
    const { server, config, clock, lineMaxBytes } = this.parts;
    return new ServerExport(server, config, clock, lineMaxBytes);
  }

  private searching({ types }: Prepared): SearchReading {
    const { server, config, onLeftOut } = this.parts;
    return new SearchReading(server, config, types, onLeftOut);
  }

  /** What cannot be named is for the writer to reject, but for what is too long to be passed on. */
  private isFollowed({ type, id, content }: Change): boolean {
    const { types } = this.parts.config;
    const isWanted = id !== '' && (types.length === 0 || types.includes(type));
    if (isWanted || (id === '' && content !== undefined)) return true;
    // What a line says is none of a metric's business.
    this.parts.onLeftOut(isR4ResourceType(type) ? type : 'other');
    return false;
  }

  private ready(): Prepared {
    if (!this.prepared) throw new Error('A server is read after it was prepared for that.');
    return this.prepared;
  }
}

/** A cursor of another way of reading, or of another server, says nothing: reading begins anew. */
function continued(kept: Cursor | undefined, by: Cursor['by'], scope: string): Cursor {
  if (kept?.by === by && kept.scope === scope) return kept;
  return by === 'export' ? { by, scope } : { by, scope, types: [] };
}

function scopeOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22);
}

/** So that what is about patients finds them. */
function patientsFirst(types: readonly string[]): readonly string[] {
  return [...types].sort((one, other) => Number(other === 'Patient') - Number(one === 'Patient'));
}
