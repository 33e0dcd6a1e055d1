import { call, queryOf } from './console-api.js';
import { Pager } from './console-exports.js';
import {
  Badge,
  Empty,
  Field,
  Form,
  number,
  Problem,
  Table,
  Time,
  Title,
  useLoaded,
} from './console-parts.js';
import { html, useState } from './standalone.module.js';

export function Audit() {
  const [filter, setFilter] = useState({});
  const [pages, setPages] = useState([undefined]);
  const query = queryOf({ ...filter, before: pages.at(-1), count: 50 });
  const { data, error } = useLoaded(() => call('GET', `audit${query}`), query);
  const change = (event) => {
    event.preventDefault();
    setPages([undefined]);
    setFilter(Object.fromEntries(new FormData(event.currentTarget)));
  };
  return html`<${Title} title="Audit">
      <a class="button" href="#/disclosures">Disclosures of a patient</a>
    <//>
    <form class="filter" onSubmit=${change} role="search" aria-label="Audit events">
      <${Field} label="Action"
        ><input name="action" placeholder="app.registered" autocomplete="off"
      /><//>
      <${Field} label="App"><input name="app" placeholder="Client id" autocomplete="off" /><//>
      <button class="button">Filter</button>
    </form>
    <${Problem} error=${error} />
    ${
      data &&
      (data.events.length > 0
        ? html`<${Events} events=${data.events} />`
        : html`<${Empty}>No event matches.<//>`)
    }
    <${Pager} pages=${pages} next=${data?.next} setPages=${setPages} />`;
}

function Events({ events }) {
  return html`<${Table}
    label="Audit events"
    columns=${['When', 'Action', 'Outcome', 'By', 'App', 'Export', 'Group', 'Detail']}
    rows=${events.map(({ detail: { statedName, ...detail }, ...event }) => {
      const rest = Object.entries(detail).map(([name, value]) => `${name}: ${value}`);
      return html`<tr key=${event.id}>
        <td><${Time} at=${event.at} /></td>
        <td class="nowrap">${event.action}</td>
        <td><${Badge} state=${event.outcome} /></td>
        <td>${event.actor}${statedName && html` <span class="soft">as ${statedName}</span>`}</td>
        <td>${event.appId}</td>
        <td>
          ${event.jobId && html`<a href="#/exports/${event.jobId}"><code>${event.jobId.slice(0, 8)}</code></a>`}
        </td>
        <td>${event.groupId && html`<code>${event.groupId}</code>`}</td>
        <td class="words">${rest.join(' · ')}</td>
      </tr>`;
    })}
  />`;
}

/** Which exports held a patient. The question itself is put on record. */
export function Disclosures() {
  const [found, setFound] = useState();
  const [patient, setPatient] = useState('');
  const ask = async (id, before) => {
    const page = await call('POST', 'disclosures', { patient: id, before });
    setPatient(id);
    return page;
  };
  const more = async () => {
    const page = await ask(patient, found.next);
    setFound({ ...page, disclosures: [...found.disclosures, ...page.disclosures] });
  };
  return html`<${Title} title="Disclosures" back=${{ href: '#/audit', text: 'Audit' }} />
    <${Form} submit=${(fields) => ask(fields.patient)} onDone=${setFound} text="Find disclosures">
      <${Field} label="Patient" hint="Id in the store. The question is put on record.">
        <input name="patient" required autocomplete="off" />
      <//>
    <//>
    ${
      found &&
      (found.disclosures.length > 0
        ? html`<${DisclosureRows} disclosures=${found.disclosures} />`
        : html`<${Empty}>No export on record held this patient.<//>`)
    }
    ${found?.next && html`<button class="button" onClick=${more}>More</button>`}
    ${
      found?.notOnRecord.exports > 0 &&
      html`<p class="soft">
        Of ${number(found.notOnRecord.exports)} exports nobody can say whom they held.
      </p>`
    }`;
}

function DisclosureRows({ disclosures }) {
  return html`<${Table}
    label="Disclosures"
    columns=${['When', 'Export', 'App', 'What', 'State', { text: 'Downloads', end: true }, 'Files']}
    rows=${disclosures.map(
      (one) =>
        html`<tr key=${one.export}>
          <td><${Time} at=${one.createdAt} /></td>
          <td>
            <a href="#/exports/${one.export}"><code>${one.export.slice(0, 8)}</code></a>
          </td>
          <td>${one.app}</td>
          <td>${one.group ? html`Group <code>${one.group}</code>` : one.level}</td>
          <td><${Badge} state=${one.state} /></td>
          <td class="end">${one.downloads.count}</td>
          <td class="words">${one.downloads.files.join(', ')}</td>
        </tr>`,
    )}
  />`;
}
