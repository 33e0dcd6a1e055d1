import { call } from './console-api.js';
import {
  Badge,
  bytes,
  counted,
  Confirmed,
  duration,
  Empty,
  number,
  Problem,
  Progress,
  Table,
  Time,
  Title,
  useLoaded,
} from './console-parts.js';
import { html } from './standalone.module.js';

const OPEN = ['accepted', 'planning', 'running'];

/** One export: loaded anew whenever the overview tells that it has moved. */
export function Export({ id, live: { overview } }) {
  const open = overview?.exports.find((one) => one.id === id);
  const isMoving = open !== undefined && !open.held && open.state === 'running';
  const stamp = [open?.state, open?.progress, open?.held, isMoving ? overview.at : ''].join();
  const { data, error, reload } = useLoaded(() => call('GET', `exports/${id}`), `${id} ${stamp}`);
  return html`<${Title}
      title="Export ${id.slice(0, 8)}"
      back=${{ href: '#/exports', text: 'Exports' }}
    >
      ${data && html`<${Actions} shown=${data} onDone=${reload} />`}
    <//>
    <${Problem} error=${error} />
    ${data && html`<${Shown} shown=${data} now=${overview?.at} />`}`;
}

function Actions({ shown, onDone }) {
  const { id, state, held } = shown;
  const isOpen = OPEN.includes(state);
  const hasFiles = state === 'completed' || state === 'failed';
  const action = (path, text, question, kind) =>
    html`<${Confirmed}
      key=${path}
      text=${text}
      question=${question}
      kind=${kind}
      act=${() => call('POST', `exports/${id}/${path}`)}
      onDone=${onDone}
    />`;
  return [
    isOpen &&
      !held &&
      action(
        'hold',
        'Hold',
        'None of its work is given out until you release it. Parts that run go on to their end.',
      ),
    isOpen && held && action('release', 'Release', 'Its work is given out again.'),
    hasFiles &&
      shown.partStates.failed > 0 &&
      action(
        'retry-failed',
        'Retry failed parts',
        'They are done again as of the same transactionTime. Files that are there stay.',
      ),
    hasFiles &&
      action(
        'expire',
        'Expire files',
        'Its files are withdrawn at once, before their time is over.',
        'button-bad',
      ),
    (isOpen || hasFiles) &&
      action(
        'cancel',
        'Cancel export',
        'The app finds neither its status nor its files any more. This cannot be undone.',
        'button-bad',
      ),
  ];
}

function Shown({ shown, now }) {
  const { parameters, written, downloads, failure } = shown;
  const until = shown.finishedAt ?? now ?? shown.createdAt;
  return html`<div class="summary">
      <${Badge} state=${shown.state} />${shown.held && html`<${Badge} state="held" />`}
      <${Progress} percent=${shown.progress} label="Progress" />
      ${shown.reason && html`<span class="soft">${shown.reason}</span>`}
    </div>
    ${failure && html`<p class="problem">${failure.code}: ${failure.diagnostics}</p>`}
    <dl class="facts facts-wide">
      <dt>Id</dt>
      <dd><code>${shown.id}</code></dd>
      <dt>App</dt>
      <dd><a href="#/apps/${encodeURIComponent(shown.app)}">${shown.app}</a></dd>
      <dt>What</dt>
      <dd>${shown.group ? html`Group <code>${shown.group}</code>` : `${shown.level} level`}</dd>
      <dt>Types</dt>
      <dd>${parameters.types.join(', ')}</dd>
      <dt>Since</dt>
      <dd>${parameters.since ?? 'the beginning'}</dd>
      <dt>transactionTime</dt>
      <dd><${Time} at=${shown.transactionTime} /></dd>
      <dt>Begun</dt>
      <dd><${Time} at=${shown.createdAt} /></dd>
      <dt>Ended</dt>
      <dd>
        <${Time} at=${shown.finishedAt} />
        ${' '}(${duration((new Date(until) - new Date(shown.createdAt)) / 1000)})
      </dd>
      <dt>Files go</dt>
      <dd><${Time} at=${shown.expiresAt} /></dd>
      <dt>Written</dt>
      <dd>
        ${counted(written.resources, 'resource')}, ${bytes(written.bytes)} of NDJSON in
        ${` ${counted(written.files, 'file')}`} (${bytes(written.storedBytes)} stored)
      </dd>
      <dt>Downloads</dt>
      <dd>
        ${number(downloads.count)}${downloads.last && html`, last <${Time} at=${downloads.last} />`}
      </dd>
    </dl>
    <section>
      <h2>Parts</h2>
      ${
        shown.parts.length > 0
          ? html`<${Parts} shown=${shown} until=${until} />`
          : html`<${Empty}>It has not been cut into parts.<//>`
      }
    </section>
    <section>
      <h2>Files</h2>
      ${
        shown.files.length > 0
          ? html`<${Files} files=${shown.files} />`
          : html`<${Empty}>There are no files.<//>`
      }
    </section>`;
}

function Parts({ shown, until }) {
  const begin = new Date(shown.plannedAt ?? shown.createdAt).getTime();
  const whole = Math.max(1000, new Date(until).getTime() - begin);
  const share = (at) =>
    Math.min(100, Math.max(0, ((new Date(at).getTime() - begin) / whole) * 100));
  return html`<${Table}
    label="Parts"
    columns=${['Type', 'State', { text: `Time: ${duration(whole / 1000)}` }, { text: 'Took', end: true }, { text: 'Resources', end: true }, { text: 'Written', end: true }, { text: 'Attempts', end: true }, 'Worker, reason, error']}
    rows=${shown.parts.map((part) => {
      const from = part.startedAt ? share(part.startedAt) : 0;
      const to = part.startedAt ? share(part.finishedAt ?? until) : 0;
      const took = part.startedAt
        ? (new Date(part.finishedAt ?? until) - new Date(part.startedAt)) / 1000
        : undefined;
      const words = [part.worker, part.reason, part.failure?.diagnostics ?? part.lastError];
      return html`<tr key=${part.id}>
        <td class="nowrap">${part.type}</td>
        <td><${Badge} state=${part.state} /></td>
        <td class="track" aria-hidden="true">
          <span
            class="bar"
            data-state=${part.state}
            style=${{ left: `${from}%`, width: `${Math.max(0.5, to - from)}%` }}
          ></span>
        </td>
        <td class="end nowrap">${duration(took)}</td>
        <td class="end">${number(part.resources)}</td>
        <td class="end nowrap">${bytes(part.writtenBytes)}</td>
        <td class="end">${part.attempts}</td>
        <td class="words">${words.filter(Boolean).join(' · ')}</td>
      </tr>`;
    })}
  />`;
}

function Files({ files }) {
  return html`<${Table}
    label="Files"
    columns=${['File', 'Section', { text: 'Resources', end: true }, { text: 'NDJSON', end: true }, { text: 'Stored', end: true }, { text: 'Downloads', end: true }]}
    rows=${files.map(
      (file) =>
        html`<tr key=${file.name}>
          <td><code>${file.name}</code></td>
          <td>${file.section}</td>
          <td class="end">${number(file.resources)}</td>
          <td class="end nowrap">${bytes(file.bytes)}</td>
          <td class="end nowrap">${bytes(file.storedBytes)}</td>
          <td class="end">${file.downloads}</td>
        </tr>`,
    )}
  />`;
}
