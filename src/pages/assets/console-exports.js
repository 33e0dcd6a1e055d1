import { call, queryOf } from './console-api.js';
import {
  Badge,
  Empty,
  Field,
  Problem,
  Progress,
  Table,
  Time,
  Title,
  useLoaded,
} from './console-parts.js';
import { html, useState } from './standalone.module.js';

const STATES = ['accepted', 'planning', 'running', 'completed', 'failed', 'cancelled', 'expired'];

/** Exports, newest first, in pages. */
export function Exports() {
  const [filter, setFilter] = useState({});
  const [pages, setPages] = useState([undefined]);
  const query = queryOf({ ...filter, before: pages.at(-1), count: 25 });
  const { data, error } = useLoaded(() => call('GET', `exports${query}`), query);
  const change = (event) => {
    event.preventDefault();
    setPages([undefined]);
    setFilter(Object.fromEntries(new FormData(event.currentTarget)));
  };
  return html`<${Title} title="Exports" />
    <form class="filter" onSubmit=${change} onChange=${change} role="search" aria-label="Exports">
      <${Field} label="State">
        <select name="state">
          <option value="">Any</option>
          ${STATES.map((state) => html`<option>${state}</option>`)}
        </select>
      <//>
      <${Field} label="App"><input name="app" placeholder="Client id" autocomplete="off" /><//>
      <${Field} label="Group"><input name="group" placeholder="Group id" autocomplete="off" /><//>
      <button class="button">Filter</button>
    </form>
    <${Problem} error=${error} />
    ${
      data &&
      (data.exports.length > 0
        ? html`<${ExportRows} exports=${data.exports} label="Exports" />`
        : html`<${Empty}>No export matches.<//>`)
    }
    <${Pager} pages=${pages} next=${data?.next} setPages=${setPages} />`;
}

export function Pager({ pages, next, setPages }) {
  if (pages.length === 1 && !next) return null;
  return html`<nav class="pager" aria-label="Pages of the list">
    <button
      class="button"
      disabled=${pages.length === 1}
      onClick=${() => setPages(pages.slice(0, -1))}
    >
      Newer
    </button>
    <span>Page ${pages.length}</span>
    <button class="button" disabled=${!next} onClick=${() => setPages([...pages, next])}>
      Older
    </button>
  </nav>`;
}

export function ExportRows({ exports, label }) {
  return html`<${Table}
    label=${label}
    columns=${['Export', 'State', 'Progress', 'App', 'What', 'Begun', 'Ended']}
    rows=${exports.map(
      (one) =>
        html`<tr key=${one.id}>
          <td>
            <a href="#/exports/${one.id}"><code>${one.id.slice(0, 8)}</code></a>
          </td>
          <td class="nowrap">
            <${Badge} state=${one.state} />${one.held && html` <${Badge} state="held" />`}
          </td>
          <td><${Progress} percent=${one.progress} label="Progress of ${one.id.slice(0, 8)}" /></td>
          <td>${one.app}</td>
          <td>${one.group ? html`Group <code>${one.group}</code>` : one.level}</td>
          <td><${Time} at=${one.createdAt} /></td>
          <td><${Time} at=${one.finishedAt} /></td>
        </tr>`,
    )}
  />`;
}
