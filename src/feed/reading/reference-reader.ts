import { type LocalReference, parseReference } from '@app/fhir';

import { type KnownBases, parseAbsolute } from './known-bases';

/** Reads the references of one resource. */
export class ReferenceReader {
  /** True once a reference was read that is local by a base that is not the service's own. */
  hasFollowedBase = false;

  constructor(private readonly bases: KnownBases) {}

  /** What a literal reference leads to in this store; undefined when it leads elsewhere, or nowhere. */
  read(text: string): LocalReference | undefined {
    const relative = parseReference(text);
    if (relative) return relative;
    const absolute = parseAbsolute(text);
    if (!absolute || !this.bases.has(absolute.base)) return undefined;
    if (!this.bases.isOwn(absolute.base)) this.hasFollowedBase = true;
    return { type: absolute.type, id: absolute.id };
  }
}
