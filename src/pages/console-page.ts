import { html } from './html';
import { pageFrame } from './page-frame';
import type { Site } from './site';

/** The operators' page: a shell that says nothing. Its scripts ask the operators' API, once somebody signs in. */
export function consolePage(site: Site): string {
  const main = html`<div id="console" class="wide" data-root="${site.root}">
    <noscript>
      This page needs JavaScript. The command line does the same: exports, apps, groups.
    </noscript>
  </div>`;
  return pageFrame(site, {
    title: `Console · ${site.name}`,
    main,
    home: `${site.root}/console`,
    nav: html`<div id="console-nav"></div>`,
    styles: ['console.css'],
    modules: ['console.js'],
  });
}

/**
 * What the page may load: its own files alone. Without the upgrade to HTTPS that other pages have, since
 * ADMIN_PORT may be plain HTTP where PUBLIC_URL is not.
 */
export const CONSOLE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
