import { call } from './console-api.js';
import { Badge, Problem, Table, Title, useLoaded } from './console-parts.js';
import { html } from './standalone.module.js';

export function System() {
  const { data, error, reload } = useLoaded(() => call('GET', 'system'), 'system');
  return html`<${Title} title="System">
      <button class="button" onClick=${reload}>Check again</button>
    <//>
    <${Problem} error=${error} />
    ${data && html`<${State} system=${data} />`}`;
}

function State({ system: { version, node, health, settings } }) {
  return html`<dl class="facts facts-wide">
      <dt>Version</dt>
      <dd>${version}</dd>
      <dt>Node</dt>
      <dd>${node}</dd>
    </dl>
    <section>
      <h2>Dependencies</h2>
      <${Table}
        label="Dependencies"
        columns=${['Name', 'State', 'Reason']}
        rows=${Object.entries(health.details).map(
          ([name, { status, reason }]) =>
            html`<tr key=${name}>
              <td>${name}</td>
              <td><${Badge} state=${status} /></td>
              <td class="words">${reason}</td>
            </tr>`,
        )}
      />
    </section>
    <section>
      <h2>Settings of this process</h2>
      <${Table}
        label="Settings"
        columns=${['Setting', 'Value']}
        rows=${settings.map(
          ({ name, value }) =>
            html`<tr key=${name}>
              <td><code>${name}</code></td>
              <td class="words">${value ?? html`<span class="soft">not set</span>`}</td>
            </tr>`,
        )}
      />
    </section>`;
}
