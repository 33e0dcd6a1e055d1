// A kick-off in the words of those who send it: an address, curl, Python, and bulk-data-client.

const LEVELS = {
  group: ({ group }) => `Group/${encodeURIComponent(group)}/$export`,
  patient: () => 'Patient/$export',
  system: () => '$export',
};

/** As encodeURIComponent, but for commas, which mean here what they say; safe within single quotes. */
const encoded = (value) => encodeURIComponent(value).replaceAll('%2C', ',').replaceAll("'", '%27');

/**
 * Path and query below the base.
 *
 * @param choice { level, group, types, since, filters, elements, sandbox }
 */
export function pathOf(choice) {
  const { level, types, since, filters, elements } = choice;
  const query = [
    ['_type', types.join()],
    ['_since', since],
    ...filters.map((filter) => ['_typeFilter', filter]),
    ['_elements', elements],
  ]
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}=${encoded(value)}`);
  return LEVELS[level](choice) + (query.length > 0 ? `?${query.join('&')}` : '');
}

/** The headers of a kick-off, but for the token. */
export function headersOf({ sandbox }) {
  return {
    Accept: 'application/fhir+json',
    Prefer: 'respond-async',
    ...(sandbox && { 'X-Sandbox': sandbox }),
  };
}

const quoted = (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`;

export function asCurl(base, choice) {
  const lines = [
    `curl -i ${quoted(`${base}/${pathOf(choice)}`)}`,
    '-H "Authorization: Bearer $TOKEN"',
    ...Object.entries(headersOf(choice)).map(
      ([name, value]) => `-H ${quoted(`${name}: ${value}`)}`,
    ),
  ];
  return lines.join(' \\\n  ');
}

export function asPython(base, choice) {
  const sandbox = choice.sandbox ? `, "X-Sandbox": ${JSON.stringify(choice.sandbox)}` : '';
  return `import os, time, requests

client = requests.Session()
client.headers["Authorization"] = "Bearer " + os.environ["TOKEN"]

answer = client.get(
    ${JSON.stringify(`${base}/${pathOf(choice)}`)},
    headers={"Accept": "application/fhir+json", "Prefer": "respond-async"${sandbox}},
)
if answer.status_code != 202:
    raise SystemExit(answer.text)
status_url = answer.headers["Content-Location"]

while (answer := client.get(status_url)).status_code in (202, 429):
    print(answer.headers.get("X-Progress", "waiting"))
    time.sleep(int(answer.headers.get("Retry-After", 1)))
if answer.status_code != 200:
    raise SystemExit(answer.text)

for file in answer.json()["output"]:
    with client.get(file["url"], stream=True) as body, open(file["url"].split("/")[-1], "wb") as target:
        body.raise_for_status()
        for chunk in body.iter_content(1 << 20):
            target.write(chunk)
`;
}

/** For a clone of smart-on-fhir/bulk-data-client, whose settings hold client id and key. */
export function asBulkDataClient(base, choice) {
  const { level, group, types, since, filters, elements } = choice;
  const options = [
    ['-f', base],
    ['-g', level === 'group' && group],
    ['--global', level === 'system'],
    ['--_type', types.join()],
    ['--_since', since],
    ['--_typeFilter', filters.join()],
    ['--_elements', elements],
  ];
  return [
    'node . --config config/mine.js',
    ...options
      .filter(([, value]) => value)
      .map(([name, value]) => (value === true ? name : `${name} ${quoted(value)}`)),
  ].join(' \\\n  ');
}
