import { html, type Html } from './html';
import type { Site } from './site';

export interface PageParts {
  readonly title: string;
  readonly main: Html;
  /** Names of files in the folders of assets, beside those that every page has. */
  readonly styles?: readonly string[];
  readonly scripts?: readonly string[];
  /** Likewise, as ES modules. */
  readonly modules?: readonly string[];
  /** Where the name leads, and what is beside it, on pages for others than clients. */
  readonly home?: string;
  readonly nav?: Html;
}

const STYLES = ['tokens.css', 'page.css'];

/** A whole page: what all pages share, around what is their own. Without inline script or style. */
export function pageFrame(
  site: Site,
  { title, main, styles = [], scripts = [], modules = [], home = `${site.root}/`, nav }: PageParts,
): string {
  const assets = `${site.root}/assets`;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="${assets}/icon.svg" type="image/svg+xml" />
        ${[...STYLES, ...styles].map(
          (file) => html`<link rel="stylesheet" href="${assets}/${file}" />`,
        )}
        ${scripts.map((file) => html`<script src="${assets}/${file}" defer></script>`)}
        ${modules.map((file) => html`<script src="${assets}/${file}" type="module"></script>`)}
      </head>
      <body>
        <header class="masthead">
          <a class="masthead-name" href="${home}">
            <img src="${assets}/icon.svg" alt="" width="24" height="24" />${site.name}
          </a>
          ${nav ?? clientsNav(site)}
        </header>
        <main>${main}</main>
      </body>
    </html>`;
  return `${page.text}\n`;
}

function clientsNav(site: Site): Html {
  return html`<nav aria-label="Pages">
    <a href="${site.root}/try">Export</a>
    <a href="${site.root}/docs">API</a>
    <a href="${site.fhirPath}/metadata">CapabilityStatement</a>
  </nav>`;
}
