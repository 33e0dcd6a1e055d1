import { call } from './console-api.js';
import { Empty, Field, number, Problem, Table, Time, Title, useLoaded } from './console-parts.js';
import { html, useState } from './standalone.module.js';

const SHOWN = 200;

export function Groups() {
  const [text, setText] = useState('');
  const { data, error } = useLoaded(() => call('GET', 'groups'), 'groups');
  const wanted = text.toLowerCase();
  const found = (data ?? []).filter(({ id, name }) =>
    `${id} ${name}`.toLowerCase().includes(wanted),
  );
  return html`<${Title} title="Groups" />
    <form
      class="filter"
      role="search"
      aria-label="Groups"
      onSubmit=${(event) => event.preventDefault()}
    >
      <${Field} label="Name or id">
        <input type="search" value=${text} onInput=${({ target }) => setText(target.value)} />
      <//>
    </form>
    <${Problem} error=${error} />
    ${data && found.length === 0 && html`<${Empty}>No group matches.<//>`}
    ${found.length > 0 && html`<${GroupRows} groups=${found.slice(0, SHOWN)} />`}
    ${found.length > SHOWN && html`<p class="soft">The first ${SHOWN} of ${number(found.length)}.</p>`}`;
}

function GroupRows({ groups }) {
  return html`<${Table}
    label="Groups"
    columns=${['Group', 'Id', 'Kind', { text: 'On the list', end: true }, 'Changed']}
    rows=${groups.map(
      (group) =>
        html`<tr key=${group.id}>
          <td><a href="#/groups/${group.id}">${group.name}</a></td>
          <td><code>${group.id}</code></td>
          <td>${group.source}</td>
          <td class="end">${number(group.members)}</td>
          <td><${Time} at=${group.lastUpdated} /></td>
        </tr>`,
    )}
  />`;
}

export function Group({ id }) {
  const { data: group, error } = useLoaded(() => call('GET', `groups/${id}`), id);
  return html`<${Title}
      title=${group?.name ?? 'Group'}
      back=${{ href: '#/groups', text: 'Groups' }}
    />
    <${Problem} error=${error} />
    ${
      group &&
      html`<dl class="facts facts-wide">
          <dt>Id</dt>
          <dd><code>${group.id}</code></dd>
          <dt>Kind</dt>
          <dd>${group.source}</dd>
          <dt>Version</dt>
          <dd>${group.version}</dd>
          <dt>Changed</dt>
          <dd><${Time} at=${group.lastUpdated} /></dd>
          <dt>Identifiers</dt>
          <dd>
            ${group.identifiers.map(({ system, value }) => `${system ?? ''}|${value}`).join(', ') || 'none'}
          </dd>
        </dl>
        ${
          group.criteria &&
          html`<section>
            <h2>Criteria</h2>
            <pre class="json">${JSON.stringify(group.criteria, null, 2)}</pre>
          </section>`
        }
        <${Preview} id=${id} />`
    }`;
}

function Preview({ id }) {
  const [state, setState] = useState({});
  const count = async () => {
    setState({ isBusy: true });
    try {
      setState({ preview: await call('GET', `groups/${id}/preview`) });
    } catch (error) {
      setState({ error });
    }
  };
  return html`<section>
    <h2>Members</h2>
    <p class="soft">Those whom an export that started now would hold.</p>
    <p aria-live="polite">
      ${state.preview && html`<strong class="big">${number(state.preview.count)}</strong> at <${Time} at=${state.preview.at} />`}
    </p>
    <${Problem} error=${state.error} />
    <button class="button" disabled=${state.isBusy} onClick=${count}>Count members</button>
  </section>`;
}
