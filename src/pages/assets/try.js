// The export builder: keeps what is chosen, the requests that say it, and the run of one together.
import { copyButton, element } from './elements.js';
import { asBulkDataClient, asCurl, asPython, headersOf, pathOf } from './export-request.js';
import { showManifest } from './export-results.js';
import { exportClient } from './export-run.js';
import { signInPanel } from './sign-in.js';

const find = (selector) => document.querySelector(selector);
const { base, publicBase, discovery, tokenPath, demo } = find('#try').dataset;
const parts = {
  choice: find('#choice'),
  run: find('#run'),
  cancel: find('#cancel'),
  status: find('#run-status'),
  wait: find('#run-wait'),
  progress: find('#run-progress'),
  results: find('#results'),
};
const types = [...document.querySelectorAll('[name="type"]')];
const signIn = signInPanel({ discovery, tokenPath, demo, onChange: signedIn });
const client = exportClient({ base, publicBase, token: signIn.token });
/** The run that is shown: { status, abort, isOver }; undefined without one. */
let current;

function choice() {
  const lines = find('#filters').value.split('\n');
  return {
    level: find('#level').value,
    group: find('#group').value.trim(),
    types: types.filter(({ checked }) => checked).map(({ value }) => value),
    since: find('#since').value.trim(),
    filters: lines.map((line) => line.trim()).filter((line) => line !== ''),
    elements: find('#elements').value.replaceAll(/\s/g, ''),
    sandbox: find('#sandbox')?.value ?? '',
  };
}

const SNIPPETS = {
  URL: (chosen) => `${publicBase}/${pathOf(chosen)}`,
  curl: (chosen) => asCurl(publicBase, chosen),
  Python: (chosen) => asPython(publicBase, chosen),
  'bulk-data-client': (chosen) => asBulkDataClient(publicBase, chosen),
};
const snippets = Object.keys(SNIPPETS).map((name) => {
  const code = element('pre', { className: 'snippet', tabIndex: 0 });
  code.setAttribute('role', 'region');
  code.setAttribute('aria-label', name);
  const heading = element('h3', {}, name);
  const bar = element(
    'div',
    { className: 'snippet-bar' },
    heading,
    copyButton(name, () => code.textContent),
  );
  find('#snippets').append(bar, code);
  return { name, code };
});

function update() {
  const chosen = choice();
  find('#group-field').hidden = chosen.level !== 'group';
  const shown = { ...chosen, group: chosen.group || 'GROUP' };
  for (const { name, code } of snippets) code.textContent = SNIPPETS[name](shown);
}

function show(text, kind = '') {
  if (parts.status.textContent !== text) parts.status.textContent = text;
  parts.status.dataset.kind = kind;
}

/** Types that a scope lets be read; undefined when it does not say. */
function typesOf(scope) {
  if (!scope) return undefined;
  return new Set(
    [...scope.matchAll(/\bsystem\/(\*|\w+)\.(?:read|\*|c?r)/g)].map(([, type]) => type),
  );
}

function signedIn(session) {
  const covered = typesOf(session?.scope);
  for (const box of types) {
    box.disabled = covered !== undefined && !covered.has('*') && !covered.has(box.value);
    if (box.disabled) box.checked = false;
  }
  parts.run.disabled = session === undefined || isRunning();
  if (!current) show(session ? 'Ready to run.' : 'Sign in to run the export.');
  const app = session && (session.clientId ?? session.token);
  if (app && app !== listedFor) void listGroups();
  listedFor = app;
  update();
}

/** Groups are asked for once per app, not for each of its tokens. */
let listedFor;

async function listGroups() {
  const groups = await client.groups().catch(() => undefined);
  const hint = find('#group-hint');
  const old = find('#group');
  const attributes = { id: 'group', value: old.value };
  const made =
    groups?.length > 0
      ? element('select', { id: 'group' })
      : element('input', { type: 'text', ...attributes });
  for (const { id, name } of groups ?? []) {
    made.append(element('option', { value: id }, name ? `${id} · ${name}` : id));
  }
  if (groups?.some(({ id }) => id === old.value)) made.value = old.value;
  made.setAttribute('aria-describedby', hint.id);
  old.replaceWith(made);
  hint.textContent = groupsHint(groups);
  update();
}

function groupsHint(groups) {
  if (groups === undefined) return 'Your groups cannot be listed: fill in the id of one.';
  if (groups.length === 0) return 'There is no group that this app may export.';
  return `${groups.length} that this app may export.`;
}

const isRunning = () => current !== undefined && !current.isOver;

async function run() {
  const chosen = choice();
  if (chosen.level === 'group' && chosen.group === '') {
    show('Choose a group.', 'bad');
    return;
  }
  const mine = { abort: new AbortController(), isOver: false, status: undefined };
  current = mine;
  parts.results.replaceChildren();
  parts.run.disabled = true;
  show('Kicking off…');
  try {
    mine.status = await client.kickOff(pathOf(chosen), headersOf(chosen));
    offer('Cancel');
    const manifest = await client.manifest(mine.status, { signal: mine.abort.signal, onProgress });
    show('Complete.', 'good');
    offer('Delete the export');
    showManifest(parts.results, manifest, { client, onSince });
  } catch (error) {
    if (mine.abort.signal.aborted) return;
    show(error.message, 'bad');
    if (!mine.status) parts.cancel.hidden = true;
  } finally {
    end(mine);
  }
}

function offer(label) {
  parts.cancel.textContent = label;
  parts.cancel.hidden = false;
}

function onProgress({ text, percent, seconds }) {
  // Apart from the status, which is read out whenever it changes.
  show(text);
  parts.wait.textContent = `Asked again in ${seconds} s.`;
  parts.wait.hidden = false;
  parts.progress.hidden = false;
  if (percent === undefined) parts.progress.removeAttribute('value');
  else parts.progress.value = Number(percent);
}

function end(mine) {
  mine.isOver = true;
  parts.progress.hidden = true;
  parts.wait.hidden = true;
  parts.run.disabled = false;
}

/** Ends an export that runs, or gives one up that has ended. */
async function cancel() {
  const { status, abort, isOver } = current;
  abort.abort();
  try {
    await client.remove(status);
    parts.results.replaceChildren();
    parts.cancel.hidden = true;
    show(isOver ? 'Deleted, with its files.' : 'Cancelled.');
    parts.run.focus();
  } catch (error) {
    show(error.message, 'bad');
  }
}

function onSince(time) {
  find('#since').value = time;
  update();
  find('#since').focus();
}

find('#sign-in-place').replaceWith(signIn.panel);
parts.choice.addEventListener('input', update);
parts.choice.addEventListener('submit', (event) => event.preventDefault());
parts.run.addEventListener('click', run);
parts.cancel.addEventListener('click', cancel);
update();
signIn.open();
