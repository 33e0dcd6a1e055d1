import type { Member } from './json-scan';
import type { MetaLayout, ResourceLayout } from './resource-layout';
import { type Edit, insert, insertAfter } from './text-edits';

/**
 * The edits that set `meta.versionId` and `meta.lastUpdated` and leave every other byte. Values that
 * are there are replaced in place; missing ones are put first in `meta`, a missing `meta` after `id`.
 */
export function stampEdits(
  layout: ResourceLayout,
  version: string,
  lastUpdated: string,
): readonly Edit[] {
  const { id, meta } = layout;
  if (!meta) {
    const member = `"meta":{"versionId":"${version}","lastUpdated":"${lastUpdated}"}`;
    return [insertAfter(id ?? layout.resourceType, member)];
  }
  const edits: Edit[] = [];
  const missing = [];
  if (meta.versionId) edits.push(replace(meta.versionId, version));
  else missing.push(`"versionId":"${version}"`);
  if (meta.lastUpdated) edits.push(replace(meta.lastUpdated, lastUpdated));
  else missing.push(`"lastUpdated":"${lastUpdated}"`);
  if (missing.length > 0) edits.push(insertFirst(meta, missing.join(',')));
  return edits.sort((a, b) => a.start - b.start);
}

/**
 * The edits that take the two values out again, and a `meta` that holds nothing else with them: the
 * inverse of `stampEdits`, so that a resource has the same digest before and after the store's stamp.
 */
export function unstampEdits(layout: ResourceLayout): readonly Edit[] {
  const { meta } = layout;
  if (!meta) return [];
  const isOwned = (member: Member) => member === meta.versionId || member === meta.lastUpdated;
  const lastKept = meta.members.findLastIndex((member) => !isOwned(member));
  if (lastKept < 0) return [remove(meta.member)];
  return meta.members.flatMap((member, index) => {
    if (!isOwned(member)) return [];
    return [index < lastKept ? removeWithCommaAfter(member) : removeWithCommaBefore(member)];
  });
}

function insertFirst(meta: MetaLayout, text: string): Edit {
  return insert(meta.member.value.start + 1, meta.members.length === 0 ? text : `${text},`);
}

function replace(member: Member, value: string): Edit {
  return { start: member.value.start, end: member.value.end, text: `"${value}"` };
}

function remove(member: Member): Edit {
  return member.commaAfter < 0 ? removeWithCommaBefore(member) : removeWithCommaAfter(member);
}

function removeWithCommaAfter(member: Member): Edit {
  return { start: member.key.start, end: member.commaAfter + 1, text: '' };
}

function removeWithCommaBefore(member: Member): Edit {
  return { start: member.commaBefore, end: member.value.end, text: '' };
}
