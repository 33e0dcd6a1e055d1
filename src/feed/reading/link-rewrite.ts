import { isLinkMember, mayBeLink } from '@app/fhir';

import { decodeString, skipSpace } from './json-scan';
import { narrativeEdits } from './narrative-links';
import { type StringValue, stringValues, typeOf } from './string-values';
import { applyEdits, type Edit } from './text-edits';

/** The link to put in the place of one, or undefined to leave it. */
export type Replacement = (link: string) => string | undefined;

/**
 * Replaces literal references in the JSON of a resource: the strings that are values of members
 * named `reference`, at any depth, and nothing else.
 */
export function rewriteReferences(text: Buffer, replacement: Replacement): Buffer {
  const edits: Edit[] = [];
  for (const { span } of stringValues(text, (name) => name === 'reference')) {
    edits.push(...replace(decodeString(text, span), replacement, span));
  }
  return applyEdits(text, edits);
}

/**
 * Replaces whatever leads to another resource in the JSON of a resource, as R4's rules for
 * transactions have it (http://hl7.org/fhir/R4/http.html#trules): references, elements of type uri,
 * url, oid and uuid, and the links and images of narratives. Elements of type canonical stay. A Bundle
 * stays as it is: what its entries point at are its own entries.
 */
export function rewriteLinks(text: Buffer, references: Replacement, links: Replacement): Buffer {
  if (typeOf(text, skipSpace(text, 0)) === 'Bundle') return text;
  const edits: Edit[] = [];
  for (const value of stringValues(text, isWanted)) {
    if (isReference(value)) {
      edits.push(...replace(decodeString(text, value.span), references, value.span));
    } else if (isLinkMember(value.name, value.holder)) {
      edits.push(...replace(decodeString(text, value.span), links, value.span));
    } else if (value.name === 'div' && value.holder === 'text') {
      edits.push(...narrativeEdits(text, value.span, links));
    }
  }
  return applyEdits(text, edits);
}

function isWanted(name: string): boolean {
  return name === 'reference' || name === 'div' || mayBeLink(name);
}

function isReference({ name, holder }: StringValue): boolean {
  return name === 'reference' && !isLinkMember(name, holder);
}

function replace(link: string, replacement: Replacement, span: StringValue['span']): Edit[] {
  const target = replacement(link);
  return target === undefined ? [] : [{ ...span, text: JSON.stringify(target) }];
}
