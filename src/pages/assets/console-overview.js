import { ExportRows } from './console-exports.js';
import { bytes, counted, duration, Empty, number, Table, Time, Title } from './console-parts.js';
import { html } from './standalone.module.js';

export function Overview({ live: { overview } }) {
  return html`<${Title} title="Overview" />
    ${overview ? html`<${Figures} overview=${overview} />` : html`<p class="soft">Looking…</p>`}`;
}

function Figures({ overview }) {
  const { workers, feeds, exports, running, waiting } = overview;
  const rate = workers.reduce((sum, { bytesPerSecond }) => sum + bytesPerSecond, 0);
  return html`<dl class="figures">
      <${Figure} name="Running" value=${number(running)} note="exports" />
      <${Figure}
        name="Waiting"
        value=${number(waiting)}
        note="oldest: ${duration(overview.oldestWaitingSeconds)}"
      />
      <${Figure} name="Throughput" value="${bytes(rate)}/s" note="NDJSON, of parts at work" />
      <${Figure}
        name="Workers at work"
        value=${number(workers.length)}
        note=${counted(
          workers.reduce((sum, { parts }) => sum + parts, 0),
          'part',
        )}
      />
      <${Figure}
        name="Stored"
        value=${bytes(overview.storedBytes)}
        note=${overview.diskFreeBytes === undefined ? 'object storage' : `${bytes(overview.diskFreeBytes)} free`}
      />
    </dl>
    <section>
      <h2>Open exports</h2>
      ${
        exports.length > 0
          ? html`<${ExportRows} exports=${exports} label="Open exports" />`
          : html`<${Empty}>Nothing runs and nothing waits.<//>`
      }
    </section>
    <div class="columns">
      <section>
        <h2>Workers</h2>
        ${workers.length > 0 ? html`<${Workers} workers=${workers} />` : html`<${Empty}>No part is at work.<//>`}
      </section>
      <section>
        <h2>Feeds</h2>
        ${feeds.length > 0 ? html`<${FeedTable} feeds=${feeds} />` : html`<${Empty}>No feed has brought anything yet.<//>`}
      </section>
    </div>`;
}

function Figure({ name, value, note }) {
  return html`<div class="figure">
    <dt>${name}</dt>
    <dd>${value}<small>${note}</small></dd>
  </div>`;
}

function Workers({ workers }) {
  return html`<${Table}
    label="Workers"
    columns=${['Worker', { text: 'Parts', end: true }, { text: 'Writes', end: true }]}
    rows=${workers.map(
      ({ worker, parts, bytesPerSecond }) =>
        html`<tr key=${worker}>
          <td><code>${worker}</code></td>
          <td class="end">${parts}</td>
          <td class="end nowrap">${bytes(bytesPerSecond)}/s</td>
        </tr>`,
    )}
  />`;
}

function FeedTable({ feeds }) {
  return html`<${Table}
    label="Feeds"
    columns=${['Feed', 'Last batch', { text: 'Ago', end: true }]}
    rows=${feeds.map(
      ({ name, lastBatchAt, lagSeconds }) =>
        html`<tr key=${name}>
          <td><code>${name}</code></td>
          <td><${Time} at=${lastBatchAt} /></td>
          <td class="end nowrap">${duration(lagSeconds)}</td>
        </tr>`,
    )}
  />`;
}
