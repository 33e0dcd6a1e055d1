import { html } from './html';
import { pageFrame } from './page-frame';
import type { Site } from './site';

/** The page of Swagger UI. Its scripts find out from the element where things are. */
export function docsPage(site: Site): string {
  const main = html`<div
    id="swagger-ui"
    data-document="${site.root}/docs-json"
    data-server="${site.root}/"
    data-demo="${site.isDemo ? `${site.root}/demo/token` : ''}"
  >
    <noscript
      >This page needs JavaScript. The description is at ${site.publicUrl}/docs-json.</noscript
    >
  </div>`;
  return pageFrame(site, {
    title: `API · ${site.name}`,
    main,
    styles: ['swagger-ui.css', 'docs.css', 'sign-in.css'],
    scripts: ['swagger-ui-bundle.js'],
    modules: ['docs.js'],
  });
}
