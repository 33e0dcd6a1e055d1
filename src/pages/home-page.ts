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
    ${health(isReady)} ${site.isDemo ? signIn(site) : []} ${steps(site)}
    <ul class="cards">
      ${card(`${site.root}/try`, 'Export builder', 'Choose, run and download an export, or copy its request.')}
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
  return html`<form class="call" action="${site.root}/try" method="get">
    <input type="hidden" name="sign-in" value="demo" />
    <button class="button button-main">Export as the demo’s app</button>
    <button class="button" formaction="${site.root}/docs">Sign in as the demo’s app</button>
    <span>The patients are made up.</span>
  </form>`;
}

/** What a developer does from nothing to the first file. */
function steps(site: Site): Html {
  return html`<h2>From nothing to the first file</h2>
    <ol class="steps">
      <li>
        <strong>Get access.</strong> Make a key, and send the operator of this service its public
        JWK Set, or where you publish it. The app is registered, licensed for groups, and gets a
        client id. No key yet? The <a href="${site.root}/try">export builder</a> makes one in your
        browser.
      </li>
      <li>
        <strong>Get a token.</strong> ${
          site.issuesTokens
            ? html`Sign an assertion with your key (SMART Backend Services), and exchange it at
                <code>${site.fhirBase}/auth/token</code>.`
            : html`The SMART configuration below names the server that issues tokens.`
        }
      </li>
      <li>
        <strong>Export.</strong> <a href="${site.root}/try">Build a request</a>, run it there, or
        copy it as curl, Python or a command of bulk-data-client.
      </li>
    </ol>`;
}

function card(href: string, title: string, text: string): Html {
  return html`<li>
    <a class="card" href="${href}"><strong>${title}</strong><span>${text}</span></a>
  </li>`;
}
