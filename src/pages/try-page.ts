import { html, type Html } from './html';
import { pageFrame } from './page-frame';
import type { Site } from './site';

/** The export builder. Its scripts find out from the element where things are. */
export function tryPage(site: Site): string {
  const main = html`<div
    id="try"
    class="builder"
    data-base="${site.fhirPath}"
    data-public-base="${site.fhirBase}"
    data-discovery="${site.fhirPath}/.well-known/smart-configuration"
    data-token-path="${site.issuesTokens ? `${site.fhirPath}/auth/token` : ''}"
    data-demo="${site.isDemo ? `${site.root}/demo/token` : ''}"
  >
    <h1>Export builder</h1>
    <p class="lead">
      Choose what you need. Copy the request for a client of your own, or run it here.
    </p>
    <noscript
      >This page needs JavaScript. The requests are described at ${site.publicUrl}/docs.</noscript
    >
    <div id="sign-in-place"></div>
    <div class="builder-columns">
      <form id="choice" class="panel" aria-labelledby="choice-heading">
        <h2 id="choice-heading">What to export</h2>
        ${whose()} ${types(site)} ${narrowing()} ${site.isSandbox ? sandbox() : []}
      </form>
      <div>
        <section class="panel" aria-labelledby="run-heading">
          <h2 id="run-heading">Run it</h2>
          <p class="buttons">
            <button type="button" class="button button-main" id="run" disabled>
              Run the export
            </button>
            <button type="button" class="button" id="cancel" hidden>Cancel</button>
          </p>
          <div role="status" id="run-status" class="run-status">Sign in to run the export.</div>
          <p id="run-wait" class="hint" hidden></p>
          <progress
            id="run-progress"
            max="100"
            aria-label="Progress of the export"
            hidden
          ></progress>
          <div id="results"></div>
        </section>
        <section class="panel" aria-labelledby="request-heading">
          <h2 id="request-heading">The request</h2>
          <p class="hint">
            Of curl and Python, <code>TOKEN</code> is a variable of the environment with an access
            token.
          </p>
          <div id="snippets"></div>
        </section>
      </div>
    </div>
  </div>`;
  return pageFrame(site, {
    title: `Export builder · ${site.name}`,
    main,
    styles: ['sign-in.css', 'try.css'],
    modules: ['try.js'],
  });
}

function whose(): Html {
  return html`<div class="field">
      <label for="level">Whose data</label>
      <select id="level">
        <option value="group">The patients of a group</option>
        <option value="patient">All patients</option>
        <option value="system">Everything, patients’ or not</option>
      </select>
    </div>
    <div class="field" id="group-field">
      <label for="group">Group</label>
      <input
        type="text"
        id="group"
        autocomplete="off"
        spellcheck="false"
        aria-describedby="group-hint"
      />
      <small id="group-hint"
        >Once you have signed in, the groups that you may export are listed.</small
      >
    </div>`;
}

function types({ resourceTypes }: Site): Html {
  return html`<fieldset class="types">
    <legend>Types <small>None chosen: all that the token covers, but for Binary.</small></legend>
    <div class="types-list">
      ${resourceTypes.map(
        (type) => html`<label><input type="checkbox" name="type" value="${type}" />${type}</label>`,
      )}
    </div>
  </fieldset>`;
}

function narrowing(): Html {
  return html`<div class="field">
      <label for="since">Changed since</label>
      <input
        type="text"
        id="since"
        placeholder="2026-01-31T08:00:00Z"
        autocomplete="off"
        spellcheck="false"
        aria-describedby="since-hint"
      />
      <small id="since-hint"
        >An instant; best the <code>transactionTime</code> of your last export.</small
      >
    </div>
    <div class="field">
      <label for="filters">Filters</label>
      <textarea
        id="filters"
        rows="2"
        placeholder="Observation?category=laboratory"
        autocomplete="off"
        spellcheck="false"
        aria-describedby="filters-hint"
      ></textarea>
      <small id="filters-hint">Searches of types, one a line (<code>_typeFilter</code>).</small>
    </div>
    <div class="field">
      <label for="elements">Elements</label>
      <input
        type="text"
        id="elements"
        placeholder="Patient.birthDate,Patient.name"
        autocomplete="off"
        spellcheck="false"
        aria-describedby="elements-hint"
      />
      <small id="elements-hint">Root elements to keep; mandatory ones stay.</small>
    </div>`;
}

const FAULTS = [
  ['slow=20', 'It takes 20 seconds'],
  ['busy=10', 'Polls are refused for 10 seconds'],
  ['refuse', 'The kick-off is refused'],
  ['fail=Patient', 'A type fails'],
  ['fail=export', 'The export fails'],
  ['expire=30', 'It expires after 30 seconds'],
  ['repeat=100', 'Files are 100 times as large'],
] as const;

function sandbox(): Html {
  return html`<div class="field">
    <label for="sandbox">Simulate</label>
    <select id="sandbox" aria-describedby="sandbox-hint">
      <option value="">Nothing</option>
      ${FAULTS.map(([value, text]) => html`<option value="${value}">${text} (${value})</option>`)}
    </select>
    <small id="sandbox-hint"
      >For tests of clients: the header <code>X-Sandbox</code> of a kick-off.</small
    >
  </div>`;
}
