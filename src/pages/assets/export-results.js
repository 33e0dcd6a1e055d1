// Shows a manifest: a bar for each type, the files with their buttons, and what could not be exported.
import { button, element } from './elements.js';

const BYTES = 'urn:ehr-bulk-data:bytes';
const SHA256 = 'urn:ehr-bulk-data:sha256';
const COUNTS = 'urn:ehr-bulk-data:counts';
const MOST_ISSUES = 20;
const nameOf = (url) => new URL(url).pathname.split('/').at(-1);
const bytesOf = ({ extension }) => extension?.[BYTES] ?? 0;
const number = new Intl.NumberFormat('en');

export function sizeText(bytes) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const amount = bytes / 1000 ** power;
  return `${power === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${units[power]}`;
}

/** One row a type: { type, count, bytes, files }, in the order of the manifest. */
export function totals(output) {
  const rows = new Map();
  for (const file of output) {
    const { count, bytes, files } = rows.get(file.type) ?? { count: 0, bytes: 0, files: 0 };
    rows.set(file.type, {
      type: file.type,
      count: count + (file.count ?? 0),
      bytes: bytes + bytesOf(file),
      files: files + 1,
    });
  }
  return [...rows.values()];
}

/** @param client what `exportClient` gives; onSince takes the transactionTime over as `_since` */
export function showManifest(place, manifest, { client, onSince }) {
  const { output, error = [], deleted = [], transactionTime } = manifest;
  const since = button('Use it as “Changed since”', { className: 'button button-small' }, () =>
    onSince(transactionTime),
  );
  place.replaceChildren(
    element('p', {}, 'transactionTime ', element('code', {}, transactionTime), ' ', since),
    ...countsOf(manifest),
    ...(output.length > 0
      ? [chart(totals(output))]
      : [element('p', {}, 'There is nothing to give.')]),
    ...fileList('Files', output, { client, manifest }),
    ...fileList('Deleted since', deleted, { client, manifest }),
    ...fileList('Errors', error, { client, manifest }),
  );
  if (error.length > 0) void showErrors(place, error, client);
}

/** Whether the files hold what the service had counted beforehand, where it has. */
function countsOf({ extension, output }) {
  const counts = extension?.[COUNTS];
  if (!counts) return [];
  const sum = (member) => counts.reduce((total, row) => total + (row[member] ?? 0), 0);
  const [expected, told] = [sum('expected'), sum('told')];
  const given = output.reduce((total, { count = 0 }) => total + count, 0);
  const missing = told > 0 ? `; told as missing: ${number.format(told)}` : '';
  const text = `${number.format(expected)} resources expected, ${number.format(given)} given${missing}.`;
  const made = element('p', { className: 'counts' }, text);
  made.dataset.kind = expected === given && told === 0 ? 'good' : 'bad';
  return [made];
}

function chart(rows) {
  const most = (member) => Math.max(1, ...rows.map((row) => row[member]));
  const [mostCount, mostBytes] = [most('count'), most('bytes')];
  const cells = (value, of, shown) =>
    element('td', {}, bar(value / of), element('span', {}, shown));
  const all = (member) => rows.reduce((sum, row) => sum + row[member], 0);
  return element(
    'table',
    { className: 'chart' },
    element('caption', {}, `${number.format(all('count'))} resources, ${sizeText(all('bytes'))}`),
    element('thead', {}, headings('Type', 'Resources', 'Size')),
    element(
      'tbody',
      {},
      ...rows.map(({ type, count, bytes }) =>
        element(
          'tr',
          {},
          element('th', { scope: 'row' }, type),
          cells(count, mostCount, number.format(count)),
          cells(bytes, mostBytes, sizeText(bytes)),
        ),
      ),
    ),
  );
}

const headings = (...names) =>
  element('tr', {}, ...names.map((name) => element('th', { scope: 'col' }, name)));

function bar(share) {
  const made = element('i', { className: 'bar', ariaHidden: 'true' });
  made.style.width = `${Math.max(1, share * 100)}%`;
  return made;
}

function fileList(heading, files, { client, manifest }) {
  if (files.length === 0) return [];
  const buttons = files.map((file) => download(file, manifest, client));
  const all = button(`Download all ${files.length}`, { className: 'button' }, async () => {
    for (const one of buttons) await one.start();
  });
  return [
    element('h3', {}, heading),
    ...(files.length > 1 && manifest.requiresAccessToken
      ? [element('p', { className: 'buttons' }, all)]
      : []),
    element(
      'ul',
      { className: 'files' },
      ...files.map((file, index) =>
        element('li', {}, element('code', {}, nameOf(file.url)), ...buttons[index].elements),
      ),
    ),
  ];
}

/** { elements, start }: how one file comes to the disk. */
function download(file, { requiresAccessToken }, client) {
  const name = nameOf(file.url);
  const size = element('span', { className: 'hint' }, sizeText(bytesOf(file)));
  if (!requiresAccessToken) {
    // The storage has it, and knows the page's visitor by the address alone.
    const link = element('a', { href: file.url, className: 'button button-small' }, 'Download');
    link.setAttribute('aria-label', `Download ${name}`);
    return { elements: [size, link], start: async () => undefined };
  }
  const status = element('span', { className: 'hint', role: 'status' });
  const start = async () => {
    made.disabled = true;
    status.textContent = 'Downloading…';
    try {
      status.textContent = await save(await client.file(file.url), file, name);
    } catch (error) {
      status.textContent = error.message;
    }
    made.disabled = false;
  };
  const made = button('Download', { className: 'button button-small' }, start);
  made.setAttribute('aria-label', `Download ${name}`);
  return { elements: [size, made, status], start };
}

/** Gives the file to the browser's downloads, once its bytes are known to be those of the manifest. */
async function save(response, { extension }, name) {
  const blob = await response.blob();
  const expected = extension?.[SHA256];
  const isWhole = expected
    ? (await sha256(blob)) === expected
    : [undefined, blob.size].includes(extension?.[BYTES]);
  if (!isWhole) throw new Error('It arrived damaged: try again.');
  const href = URL.createObjectURL(blob);
  element('a', { href, download: name }).click();
  URL.revokeObjectURL(href);
  return expected ? 'Saved; SHA-256 is right.' : 'Saved.';
}

async function sha256(blob) {
  const digest = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function showErrors(place, files, client) {
  const list = element('ul', { className: 'issues' });
  place.append(list);
  try {
    for (const { url } of files) {
      const text = await (await client.file(url)).text();
      const outcomes = text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      const issues = outcomes.flatMap(({ issue }) => issue.map(({ diagnostics }) => diagnostics));
      const room = MOST_ISSUES - list.children.length;
      list.append(...issues.slice(0, room).map((issue) => element('li', {}, issue)));
    }
  } catch (error) {
    list.append(element('li', {}, error.message));
  }
}
