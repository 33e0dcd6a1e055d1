import { STATUS_CODES } from 'node:http';

import { html, type Html } from './html';
import { pageFrame } from './page-frame';
import type { Site } from './site';

interface Outcome {
  readonly issue: readonly { readonly diagnostics?: string }[];
}

/** A resource as a page for people: its JSON with links, and of an OperationOutcome what it says. */
export function resourcePage(site: Site, resource: object, status: number): string {
  const heading = status < 400 ? typeOf(resource) : `${status} ${STATUS_CODES[status] ?? ''}`;
  const json = html`<pre class="json">${linked(JSON.stringify(resource, null, 2))}</pre>`;
  const main = html`<div class="column">
    <h1>${heading}</h1>
    ${
      isOutcome(resource)
        ? html`${sentences(resource)}
            <p><a class="button" href="${site.root}/">Start page</a></p>
            <details>
              <summary>OperationOutcome</summary>
              ${json}
            </details>`
        : json
    }
  </div>`;
  return pageFrame(site, { title: `${heading} · ${site.name}`, main });
}

function typeOf(resource: object): string {
  return 'resourceType' in resource ? String(resource.resourceType) : 'Answer';
}

function isOutcome(resource: object): resource is Outcome {
  return typeOf(resource) === 'OperationOutcome';
}

function sentences({ issue }: Outcome): readonly Html[] {
  return issue.map(({ diagnostics = '' }) => html`<p class="lead">${linked(diagnostics)}</p>`);
}

/** Text with its URLs as links. */
function linked(text: string): readonly Html[] {
  return text
    .split(/(\bhttps?:\/\/[^\s"'<>\\)]*[^\s"'<>\\).,:;])/)
    .map((part, index) => (index % 2 === 0 ? html`${part}` : html`<a href="${part}">${part}</a>`));
}
