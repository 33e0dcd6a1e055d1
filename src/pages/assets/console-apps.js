import { call } from './console-api.js';
import {
  Badge,
  Confirmed,
  Empty,
  Field,
  Form,
  Problem,
  Table,
  Time,
  Title,
  useLoaded,
} from './console-parts.js';
import { html, useState } from './standalone.module.js';

const words = (text) => text.split(/[\s,]+/).filter(Boolean);
const pathOf = (id) => `apps/${encodeURIComponent(id)}`;

export function Apps() {
  const { data, error } = useLoaded(() => call('GET', 'apps'), 'apps');
  return html`<${Title} title="Apps">
      <a class="button button-main" href="#/apps/+">Register an app</a>
    <//>
    <${Problem} error=${error} />
    ${
      data &&
      (data.length > 0
        ? html`<${AppRows} apps=${data} />`
        : html`<${Empty}>No app is registered yet.<//>`)
    }`;
}

function AppRows({ apps }) {
  return html`<${Table}
    label="Apps"
    columns=${['App', 'Client id', 'State', 'Groups', 'Types', 'Keys', 'Registered']}
    rows=${apps.map(
      (app) =>
        html`<tr key=${app.id}>
          <td><a href="#/apps/${encodeURIComponent(app.id)}">${app.name}</a></td>
          <td><code>${app.id}</code></td>
          <td><${Badge} state=${app.disabledAt ? 'disabled' : 'enabled'} /></td>
          <td class="words">${app.allGroups ? 'all' : app.groups.join(', ') || 'none'}</td>
          <td>${app.resourceTypes ? `${app.resourceTypes.length}` : 'all'}</td>
          <td>${app.jwksUrl ? 'by URL' : `${app.jwks?.keys.length ?? 0} pasted`}</td>
          <td><${Time} at=${app.createdAt} /></td>
        </tr>`,
    )}
  />`;
}

function KeyFields() {
  const [kind, setKind] = useState('jwksUrl');
  const choose = ({ target }) => setKind(target.value);
  return html`<fieldset>
    <legend>Public keys</legend>
    <label class="choice">
      <input
        type="radio"
        name="kind"
        value="jwksUrl"
        checked=${kind === 'jwksUrl'}
        onChange=${choose}
      />
      At a URL, which the service asks
    </label>
    <label class="choice">
      <input type="radio" name="kind" value="jwks" checked=${kind === 'jwks'} onChange=${choose} />
      Pasted
    </label>
    ${
      kind === 'jwksUrl'
        ? html`<${Field} label="URL of the JSON Web Key Set">
            <input
              name="jwksUrl"
              type="url"
              required
              placeholder="https://app.example.org/jwks.json"
            />
          <//>`
        : html`<${Field} label="JSON Web Key Set" hint="Public keys alone: RS384 or ES384.">
            <textarea name="jwks" rows="6" required spellcheck="false"></textarea>
          <//>`
    }
  </fieldset>`;
}

function keysOf({ jwks, jwksUrl }) {
  if (jwksUrl !== undefined) return { jwksUrl };
  try {
    return { jwks: JSON.parse(jwks) };
  } catch {
    throw new Error('What was pasted is no JSON.');
  }
}

function LicenceFields({ app }) {
  return html`<${Field} label="Groups" hint="Ids, parted by spaces or commas; * stands for all.">
      <input name="groups" required value=${app?.allGroups ? '*' : (app?.groups.join(' ') ?? '')} />
    <//>
    <${Field} label="Resource types" hint="Parted by spaces or commas; * stands for all.">
      <input name="types" required value=${app?.resourceTypes?.join(' ') ?? '*'} />
    <//>`;
}

/** As a new app is licensed; changes of a licence say all parts of it. */
function licenceOf({ groups, types }) {
  return {
    ...(groups.trim() === '*' ? { allGroups: true } : { groups: words(groups) }),
    ...(types.trim() === '*' ? {} : { resourceTypes: words(types) }),
  };
}

function changedLicence(app, fields) {
  const { allFeeds, feeds, fhirWrites, ownGroups } = app;
  const licence = licenceOf(fields);
  return {
    ...licence,
    ...(licence.resourceTypes ? {} : { allResourceTypes: true }),
    ...(allFeeds ? { allFeeds } : { feeds }),
    fhirWrites,
    ...(ownGroups
      ? {
          ownGroups: ownGroups.groups,
          ownGroupMembers: ownGroups.members,
          choosesFromEveryone: ownGroups.population === 'everyone',
        }
      : {}),
  };
}

export function NewApp() {
  const submit = ({ name, id, ...fields }) =>
    call('POST', 'apps', {
      ...{ name, type: 'system' },
      ...(id.trim() === '' ? {} : { id: id.trim() }),
      ...licenceOf(fields),
      ...keysOf(fields),
    });
  const open = ({ id }) => {
    location.hash = `#/apps/${encodeURIComponent(id)}`;
  };
  return html`<${Title} title="Register an app" back=${{ href: '#/apps', text: 'Apps' }} />
    <${Form} submit=${submit} onDone=${open} text="Register">
      <${Field} label="Name" hint="What people call it."><input name="name" required /><//>
      <${Field} label="Client id" hint="Made up when left empty."><input name="id" /><//>
      <${LicenceFields} />
      <${KeyFields} />
    <//>`;
}

export function App({ id }) {
  const { data: app, error, reload } = useLoaded(() => call('GET', pathOf(id)), id);
  return html`<${Title} title=${app?.name ?? 'App'} back=${{ href: '#/apps', text: 'Apps' }}>
      ${app && html`<${Switch} app=${app} onDone=${reload} />`}
    <//>
    <${Problem} error=${error} />
    ${app && html`<${Details} key=${app.updatedAt} app=${app} onDone=${reload} />`}`;
}

function Switch({ app, onDone }) {
  return app.disabledAt
    ? html`<${Confirmed}
        key="enable"
        text="Enable app"
        question="It can be used again, with the keys and the licence that it had."
        act=${() => call('POST', `${pathOf(app.id)}/enable`)}
        onDone=${onDone}
      />`
    : html`<${Confirmed}
        key="disable"
        text="Disable app"
        kind="button-bad"
        question="It cannot be used from now on, tokens that are in use included."
        act=${() => call('POST', `${pathOf(app.id)}/disable`)}
        onDone=${onDone}
      />`;
}

function Details({ app, onDone }) {
  const put = (path, body) => call('PUT', `${pathOf(app.id)}/${path}`, body);
  const limits = ({ running, queued }) =>
    put('limits', {
      ...(running === '' ? {} : { running: Number(running) }),
      ...(queued === '' ? {} : { queued: Number(queued) }),
    });
  return html`<div class="summary">
      <${Badge} state=${app.disabledAt ? 'disabled' : 'enabled'} /><code>${app.id}</code>
      <span class="soft">${app.type} app, registered <${Time} at=${app.createdAt} /></span>
    </div>
    ${
      app.notes.length > 0 &&
      html`<ul class="notes">
        ${app.notes.map((note) => html`<li>${note}</li>`)}
      </ul>`
    }
    <div class="columns">
      <section>
        <h2>Licence</h2>
        <${Form}
          submit=${(fields) => put('licence', changedLicence(app, fields))}
          onDone=${onDone}
          text="Change licence"
        >
          <${LicenceFields} app=${app} />
          <p class="soft">Counts from the next request on, for tokens that are in use too.</p>
        <//>
      </section>
      <section>
        <h2>Limits</h2>
        <${Form} submit=${limits} onDone=${onDone} text="Change limits">
          <${Field} label="Exports that run" hint="Empty: as the settings say.">
            <input
              name="running"
              type="number"
              min="1"
              max="1000"
              value=${app.limits.running ?? ''}
            />
          <//>
          <${Field} label="Exports that wait" hint="Empty: as the settings say.">
            <input
              name="queued"
              type="number"
              min="0"
              max="1000"
              value=${app.limits.queued ?? ''}
            />
          <//>
        <//>
        <${Form}
          submit=${({ weight }) => put('weight', { weight: Number(weight) })}
          onDone=${onDone}
          text="Change weight"
        >
          <${Field} label="Weight" hint="Share of the workers beside other apps.">
            <input name="weight" type="number" min="1" max="100" required value=${app.weight} />
          <//>
        <//>
      </section>
    </div>
    <section>
      <h2>Keys</h2>
      ${
        app.jwksUrl
          ? html`<p>Asked for at <code>${app.jwksUrl}</code></p>`
          : html`<p>
              Pasted:
              ${(app.jwks?.keys ?? []).map(({ kid, alg }) => html`<code>${kid} (${alg})</code> `)}
            </p>`
      }
      <${Form}
        submit=${(fields) => put('keys', keysOf(fields))}
        onDone=${onDone}
        text="Replace keys"
      >
        <${KeyFields} />
        <p class="soft">The old ones stop working at once.</p>
      <//>
    </section>`;
}
