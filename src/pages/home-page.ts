import { html, type Html } from './html';
import { pageFrame } from './page-frame';
import type { Site } from './site';

/** The page at the root: what this service is, where to go from here, and whether it is well. */
export function homePage(site: Site, isReady: boolean): string {
  const main = html`<div class="column">
    <h1>${site.name}</h1>
    <p class="lead">
      Everything about the patients of a group, as NDJSON files of FHIR R4 resources, for registered
      System apps: the <code>$export</code> of HL7 FHIR Bulk Data Access, with SMART Backend
      Services.
    </p>
    ${health(isReady)} ${site.isDemo ? signIn(site) : []}
    <ul class="cards">
      ${card(`${site.root}/docs`, 'API', 'Every request, described, with a form to try it.')}
      ${card(
        `${site.fhirPath}/metadata`,
        'CapabilityStatement',
        'What the server supports, for programs and people.',
      )}
      ${card(
        `${site.fhirPath}/.well-known/smart-configuration`,
        'SMART configuration',
        'Where and how apps get a token.',
      )}
    </ul>
    <dl class="facts">
      <dt>FHIR base</dt>
      <dd><code>${site.fhirBase}</code></dd>
      <dt>Version</dt>
      <dd>${site.version}</dd>
    </dl>
  </div>`;
  return pageFrame(site, { title: site.name, main });
}

function health(isReady: boolean): Html {
  return isReady
    ? html`<p class="state" data-kind="good" role="status">Ready to serve</p>`
    : html`<p class="state" data-kind="bad" role="status">
        Not ready: something that the service works with is not available. Operators find its name
        at /health/ready.
      </p>`;
}

function signIn(site: Site): Html {
  return html`<form class="call" action="${site.root}/docs" method="get">
    <input type="hidden" name="sign-in" value="demo" />
    <button class="button button-main">Sign in as the demo’s app</button>
    <span>and try every request, with made-up patients.</span>
  </form>`;
}

function card(href: string, title: string, text: string): Html {
  return html`<li>
    <a class="card" href="${href}"><strong>${title}</strong><span>${text}</span></a>
  </li>`;
}
