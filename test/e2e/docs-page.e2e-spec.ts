import { createPrivateKey } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { JWK } from 'jose';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';

import { generateRsaKeys } from '../../libs/keys/src';
import { AppRegistry } from '../../src/auth';
import { openApiDocument } from '../../src/docs';
import { violationsOf } from '../support/accessibility';
import { startTestApp, type TestApp } from '../support/app';
import { chromiumPath, readableIn, startBrowser } from '../support/browser';
import { manifestOf } from '../support/export';
import { ExportBuilder, keptKeyIsSecret } from '../support/export-builder';
import { makeGroups } from '../support/groups';
import { hardToRead } from '../support/hard-to-read';
import { type RegisteredApp, registerApp } from '../support/registered-app';
import { hasPython, runScript } from '../support/scripts';
import { until } from '../support/until';

const executable = chromiumPath();
const withBrowser = executable === undefined ? describe.skip : describe;
if (executable === undefined) {
  console.warn('The tests of the pages are skipped: no Chromium found. Set CHROMIUM to one.');
}

const hasRequests = hasPython('requests');

/** Waits until a field has it: what is typed goes through Swagger UI first. */
async function expectValue(field: Locator, value: string): Promise<void> {
  await until(`the field holds ${value}`, async () =>
    (await field.inputValue()) === value ? true : undefined,
  );
}

describe('pages', () => {
  withBrowser('in a browser', () => {
    let service: TestApp;
    let browser: Browser;
    /** One for all, so that scripts are fetched and compiled once. */
    let reader: BrowserContext;
    let page: Page;
    let complaints: string[];
    let folder: string;
    let demoFile: string;
    let demo: RegisteredApp;

    const status = (): Promise<string> => page.locator('#sign-in-status').innerText();
    const statusToMatch = async (pattern: RegExp): Promise<void> => {
      await page.locator('#sign-in-status', { hasText: pattern }).waitFor();
    };
    const openForm = async (name: string): Promise<void> => {
      const way = page.getByRole('button', { name, exact: true });
      if ((await way.getAttribute('aria-expanded')) === 'false') await way.click();
    };
    const signIn = async (clientId: string, key: string, kid = ''): Promise<void> => {
      await openForm('With a private key');
      await page.fill('#sign-in-client', clientId);
      await page.fill('#sign-in-key', key);
      await page.fill('#sign-in-kid', kid);
      await page.click('#sign-in-with-key button');
    };
    const operation = (method: string, path: string): Locator =>
      page.locator(`.opblock-${method}`, { has: page.locator(`[data-path="${path}"]`) });
    const open = async (method: string, path: string): Promise<Locator> => {
      const block = operation(method, path);
      await block.locator('.opblock-summary-control').first().click();
      await block.locator('.execute').waitFor();
      return block;
    };
    /** Presses «Execute», and gives the status that the page shows. */
    const execute = async (block: Locator): Promise<string> => {
      await block.locator('.execute').click();
      return block
        .locator('.live-responses-table .response .response-col_status')
        .first()
        .innerText();
    };
    const tryOut = async (method: string, path: string): Promise<string> =>
      execute(await open(method, path));
    const tryGroupSearch = (): Promise<string> => tryOut('get', '/fhir/Group');
    const fieldOf = (block: Locator, name: string): Locator =>
      block.locator(`[data-param-name="${name}"] input`);
    const tokenInUse = async (): Promise<string> =>
      String(await page.evaluate('ui.authSelectors.authorized().toJS().bearer.value'));
    const visit = async (path: string, at: Page = page): Promise<void> => {
      at.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      at.on('pageerror', (error) => complaints.push(error.message));
      await at.goto(path);
    };
    const rsaApp = async (): Promise<{ id: string; jwk: JWK }> => {
      const { publicJwk, privateJwk } = generateRsaKeys();
      const app = await service.app.get(AppRegistry, { strict: false }).register({
        name: 'RSA app',
        type: 'system',
        allGroups: true,
        jwks: { keys: [{ ...publicJwk, kid: 'rsa', alg: 'RS384' }] },
      });
      return { id: app.id, jwk: { ...privateJwk, kid: 'rsa', alg: 'RS384' } };
    };

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'docs-page-'));
      demoFile = join(folder, 'client.json');
      service = await startTestApp({ DEMO_CLIENT_FILE: demoFile, SANDBOX: 'true' });
      await makeGroups(service);
      demo = await registerApp(service);
      const privateJwk = { ...demo.privateKey, alg: 'ES384' };
      const client = { fhirBase: service.fhirBase, clientId: demo.id, privateJwk };
      await writeFile(demoFile, JSON.stringify(client));
      browser = await startBrowser(executable ?? '');
      reader = await browser.newContext();
    });

    afterAll(async () => {
      await browser.close();
      await service.close();
      await rm(folder, { recursive: true });
    });

    beforeEach(async () => {
      complaints = [];
      page = await reader.newPage();
    });

    afterEach(() => page.close());

    describe('/docs', () => {
      beforeEach(async () => {
        await visit(`${service.url}/docs`);
        await page.locator('#sign-in').waitFor();
      });

      it('gets a token with a client id and a JWK, searches groups with it, and keeps nothing in the browser', async () => {
        const app = await registerApp(service);

        await signIn(app.id, JSON.stringify(app.privateKey));
        await statusToMatch(/Signed in until/);

        expect(await status()).toMatch(/Scope: system\/\*\.rs/);
        expect(await page.locator('#sign-in-left').innerText()).toMatch(/[45] min \d\d s to go/);
        expect(await tryGroupSearch()).toMatch(/^200/);
        expect(complaints).toStrictEqual([]);
        expect(await page.evaluate('localStorage.length + sessionStorage.length')).toBe(0);
        expect(await page.context().cookies()).toStrictEqual([]);
      });

      it('takes only tokens where this service issues none', async () => {
        const auth = { ...service.config.auth, issuesTokens: false };
        const description = openApiDocument(service.app, { ...service.config, auth });
        await page.route('**/docs-json', (route) => route.fulfill({ json: description }));
        await visit(`${service.url}/docs`);
        await openForm('With a token');
        const ways = await page.locator('.sign-in-bar').innerText();

        expect(ways).not.toContain('With a private key');
        await expect(page.locator('#sign-in-with-token').innerText()).resolves.toMatch(
          /SMART discovery says where to get one/,
        );
        expect(complaints).toStrictEqual([]);
      });

      it('signs with an RSA key from a JWK Set', async () => {
        const { id, jwk } = await rsaApp();

        await signIn(id, JSON.stringify({ keys: [{ kty: 'EC', crv: 'P-384' }, jwk] }));

        await expect(statusToMatch(/Signed in until/)).resolves.toBeUndefined();
      });

      it('signs with a PEM key once it is told the kid', async () => {
        const { id, jwk } = await rsaApp();
        const pem = createPrivateKey({ key: { ...jwk }, format: 'jwk' }).export({
          type: 'pkcs8',
          format: 'pem',
        });

        await signIn(id, String(pem));
        await statusToMatch(/fill in the kid/);
        await signIn(id, String(pem), 'rsa');

        await expect(statusToMatch(/Signed in until/)).resolves.toBeUndefined();
      });

      it('signs in with a pasted token, and out again', async () => {
        const token = await (await registerApp(service)).token();

        await openForm('With a token');
        await page.fill('#sign-in-token', `Bearer ${token}`);
        await page.click('#sign-in-with-token button');
        await statusToMatch(/Signed in until/);
        const signedIn = await tryGroupSearch();
        await page.click('#sign-in-out');
        await statusToMatch(/Signed out/);

        expect(signedIn).toMatch(/^200/);
      });

      it('says what the token endpoint has against the request', async () => {
        const app = await registerApp(service);

        await signIn('somebody-else', JSON.stringify(app.privateKey));

        await expect(statusToMatch(/401: invalid_client/)).resolves.toBeUndefined();
      });

      it('says what is wrong with a public key, one of another curve, none at all and an empty field', async () => {
        for (const [key, expected] of [
          ['{"kty":"EC","crv":"P-384","kid":"1","x":"a","y":"b"}', /public key/],
          ['{"kty":"EC","crv":"P-256","kid":"1","d":"a"}', /no private key/],
          ['hello', /neither JSON/],
          [' ', /Paste a private key/],
        ] as const) {
          await signIn('any', key);
          await expect(statusToMatch(expected)).resolves.toBeUndefined();
        }
      });

      it('signs in with the file of the demo’s key, which says the client id as well', async () => {
        await openForm('With a private key');
        await page.setInputFiles('#sign-in-file', demoFile);
        await statusToMatch(/ES384 key test from client\.json/);
        const clientId = await page.inputValue('#sign-in-client');
        await page.click('#sign-in-with-key button');
        await statusToMatch(/Signed in/);

        expect(clientId).toBe(demo.id);
        expect(await tryGroupSearch()).toMatch(/^200/);
      });

      it('shows nobody the key once it has it, and gets further tokens with it', async () => {
        const secret = String(demo.privateKey.d);
        await signIn(demo.id, JSON.stringify(demo.privateKey));
        await statusToMatch(/Signed in/);
        const token = await tokenInUse();

        await openForm('With a private key');
        await page.focus('#sign-in-key');
        await page.keyboard.press('Control+z');
        await page.locator('.btn.authorize').first().click();
        const seen = await readableIn(page);
        await page.locator('.close-modal').click();
        await page.getByRole('button', { name: 'New token' }).click();
        await until('there is another token', async () => (await tokenInUse()) !== token);

        expect(seen).not.toContain(secret);
        expect(seen).not.toContain(token);
      });

      it('takes who clicks only from the start page to the files, under any name of the host', async () => {
        const atLocalhost = service.url.replace('127.0.0.1', 'localhost');
        await visit(atLocalhost);
        await page.getByRole('button', { name: 'Sign in as the demo’s app' }).click();
        await statusToMatch(new RegExp(`Signed in until.*App: ${demo.id}`));

        const groups = await tryGroupSearch();
        const kickedOff = await tryOut('get', '/fhir/Group/{id}/$export');
        const status = await open('get', '/fhir/bulk-status/{job}');
        const job = await fieldOf(status, 'job').inputValue();
        await manifestOf(service, `${service.fhirBase}/bulk-status/${job}`, await demo.token());
        const polled = await execute(status);
        const page1 = await tryOut('get', '/fhir/bulk-status/{job}/{page}');
        const file = await tryOut('get', '/fhir/bulk-files/{job}/{file}');
        const deleted = await tryOut('delete', '/fhir/bulk-status/{job}');

        expect([groups, kickedOff, polled, page1, file, deleted]).toStrictEqual(
          ['200', '202', '200', '200', '200', '202'].map(
            (code) => expect.stringMatching(new RegExp(`^${code}`)) as string,
          ),
        );
        expect(page.url().startsWith(atLocalhost)).toBe(true);
        expect(complaints).toStrictEqual([]);
      });

      it('takes job and file out of an address that is pasted, wherever it is pasted', async () => {
        const block = await open('get', '/fhir/bulk-files/{job}/{file}');
        const status = await open('delete', '/fhir/bulk-status/{job}');
        await fieldOf(block, 'job').fill(
          'https://ehr.example.org/fhir/bulk-files/3f0d3c9e-9f3a-4d53-9a3b-2d1f0a4c5e6b/Patient.1.ndjson',
        );
        await expectValue(fieldOf(block, 'job'), '3f0d3c9e-9f3a-4d53-9a3b-2d1f0a4c5e6b');
        await expectValue(fieldOf(block, 'file'), 'Patient.1.ndjson');
        await expectValue(fieldOf(status, 'job'), '3f0d3c9e-9f3a-4d53-9a3b-2d1f0a4c5e6b');

        const group = await open('get', '/fhir/Group/{id}/$export');
        await fieldOf(group, 'id').fill('https://ehr.example.org/fhir/Group/OTHER');
        await expectValue(fieldOf(group, 'id'), 'OTHER');
        await expect(fieldOf(block, 'file').inputValue()).resolves.toBe('Patient.1.ndjson');
      });

      it('fills in nothing that may be left out, but for defaults', async () => {
        await open('get', '/fhir/Group');
        await open('get', '/fhir/$export');
        await open('get', '/fhir/bulk-files/{job}/{file}');
        const filled = await page
          .locator('tr[data-param-name]:not(:has(.required)) :is(input, select)')
          .evaluateAll((inputs: HTMLInputElement[]) =>
            inputs
              .filter(({ value }) => !['', '--'].includes(value))
              .map((one) => `${one.closest('tr')?.dataset['paramName']}=${one.value}`),
          );

        expect([...new Set(filled)].sort()).toStrictEqual(['Prefer=respond-async', '_count=50']);
      });

      it('opens without an error, begins with the name, and has the first operation on the first screen', async () => {
        await page.setViewportSize({ width: 1280, height: 800 });
        const box = await page.locator('.opblock').first().boundingBox();
        const [first] = (await page.locator('body > main').innerText()).split('\n');

        expect(first).toMatch(/^EHR Bulk Data/);
        expect((box?.y ?? Infinity) + (box?.height ?? 0)).toBeLessThan(800);
        expect(complaints).toStrictEqual([]);
      });
    });

    describe('/try', () => {
      const builder = new ExportBuilder(() => page);

      beforeEach(async () => {
        await visit(`${service.url}/try`);
        await page.locator('#sign-in').waitFor();
      });

      it('makes a key that is registered by its JWK Set, signs after a reload, and gives itself to nobody', async () => {
        await builder.open('With a key made here');
        await page.click('#make-key');
        await until('the JWK Set is shown', async () => (await builder.jwks()) || undefined);
        const app = await service.app.get(AppRegistry, { strict: false }).register({
          name: 'Made in a browser',
          type: 'system',
          groups: ['INF-101'],
          jwks: JSON.parse(await builder.jwks()) as { keys: JWK[] },
        });
        await page.fill('#made-key-client', app.id);
        await page.click('#sign-in-with-made-key .button-main:not(#make-key)');
        await statusToMatch(/Signed in until/);
        await page.reload();
        await builder.open('With a key made here');
        await until('the key is there again', async () => (await builder.jwks()) || undefined);
        const kept = await page.evaluate(keptKeyIsSecret);
        await page.click('#sign-in-with-made-key .button-main:not(#make-key)');
        await statusToMatch(/Signed in until/);
        const groups = await builder.groups(1);
        await builder.open('With a key made here');
        await page.click('#forget-key');
        await statusToMatch(/The key is gone/);

        expect(kept).toStrictEqual({ extractable: false, exported: false });
        expect(groups).toStrictEqual(['INF-101']);
        expect(await builder.jwks()).toBe('');
        expect(complaints).toStrictEqual([]);
      });

      it('takes who begins at the start page to checked files, by the keyboard, under any name of the host', async () => {
        const atLocalhost = service.url.replace('127.0.0.1', 'localhost');
        await visit(atLocalhost);
        await page.getByRole('button', { name: 'Export as the demo’s app' }).press('Enter');
        await statusToMatch(new RegExp(`Signed in until.*App: ${demo.id}`));
        const groups = await builder.groups(3);
        await page.selectOption('#group', 'INF-101');
        await page.getByRole('checkbox', { name: 'Patient', exact: true }).press('Space');
        await page.selectOption('#sandbox', 'slow=20');
        await page.getByRole('button', { name: 'Run the export' }).press('Enter');
        await builder.says(/\d+%/);
        await page.getByText(/Asked again in \d+ s/).waitFor();
        await service.clock.advance(20);
        await builder.says(/Complete/);
        const counted = await page.locator('.counts').innerText();
        const chart = await page.locator('.chart tbody tr').allInnerTexts();
        const [file] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('button', { name: /^Download Patient/ }).press('Enter'),
        ]);
        const text = await readFile(await file.path(), 'utf8');
        await page.getByText('SHA-256 is right').waitFor();
        await page.getByRole('button', { name: 'Delete the export' }).press('Enter');
        await builder.says(/Deleted/);

        expect(groups).toStrictEqual(['DIA-7', 'EMPTY', 'INF-101']);
        expect(counted).toBe('2 resources expected, 2 given.');
        expect(chart).toStrictEqual([expect.stringMatching(/^Patient\s+2\s+\d+ B$/)]);
        expect(text.match(/"resourceType":"Patient"/g)).toHaveLength(2);
        expect(page.url().startsWith(atLocalhost)).toBe(true);
        expect(complaints).toStrictEqual([]);
      });

      it('says the request as a URL, curl, Python and a command of bulk-data-client, which do as they say', async () => {
        await page.fill('#group', 'INF-101');
        await page.getByRole('checkbox', { name: 'Patient', exact: true }).check();
        await page.getByRole('checkbox', { name: 'Group', exact: true }).check();
        await page.fill('#since', '2020-01-31T08:00:00Z');
        await page.fill('#filters', "Patient?_id=p1,p2\nPatient?name=O'Hara");
        await page.fill('#elements', 'Patient.id, Patient.name');
        await page.selectOption('#sandbox', 'slow=20');
        const wanted = `${service.fhirBase}/Group/INF-101/$export?_type=Group,Patient&_since=2020-01-31T08%3A00%3A00Z&_typeFilter=Patient%3F_id%3Dp1,p2&_typeFilter=Patient%3Fname%3DO%27Hara&_elements=Patient.id,Patient.name`;
        const shown = await builder.snippets();
        await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
        await page.getByRole('button', { name: 'Copy curl' }).click();
        const copied = await page.evaluate(() => navigator.clipboard.readText());
        const answer = await runScript('bash', ['-c', copied], { TOKEN: await demo.token() });
        await page.selectOption('#sandbox', '');
        const { Python = '' } = await builder.snippets();
        await writeFile(join(folder, 'export.py'), Python);

        expect(shown['URL']).toBe(wanted);
        expect(shown['bulk-data-client']).toBe(
          [
            'node . --config config/mine.js',
            `-f '${service.fhirBase}'`,
            "-g 'INF-101'",
            "--_type 'Group,Patient'",
            "--_since '2020-01-31T08:00:00Z'",
            String.raw`--_typeFilter 'Patient?_id=p1,p2,Patient?name=O'\''Hara'`,
            "--_elements 'Patient.id,Patient.name'",
          ].join(' \\\n  '),
        );
        expect(copied).toBe(shown['curl']);
        expect(answer).toMatch(/^HTTP\/1.1 202/);
        if (!hasRequests) return;
        await runScript('python3', ['export.py'], { TOKEN: await demo.token() }, folder);
        await expect(readFile(join(folder, 'Patient.1.ndjson'), 'utf8')).resolves.toMatch(/"p1"/);
      });

      it('offers the types that a token covers, and asks for a group that it cannot list', async () => {
        await builder.signInWith(
          await demo.token('system/Patient.rs system/Condition.rs?category=x'),
        );
        await page.getByText('Your groups cannot be listed').waitFor();
        const offered = await page
          .locator('[name=type]:enabled')
          .evaluateAll((boxes: HTMLInputElement[]) => boxes.map(({ value }) => value));
        await page.fill('#group', 'INF-101');
        await builder.run();
        await builder.says(/Complete/);

        expect(await page.locator('[name=type]').count()).toBe(service.config.resourceTypes.length);
        expect(offered).toStrictEqual(['Condition', 'Patient']);
      });

      it('shows what an OperationOutcome says, of a kick-off, a poll and an error file', async () => {
        await builder.signInWith(await demo.token());
        await builder.groups(3);
        await page.fill('#filters', 'Patient?shoe-size=44');
        await builder.run();
        await builder.says(/answered 400:.*shoe-size/);
        await page.fill('#filters', '');
        await page.selectOption('#group', 'INF-101');
        await page.selectOption('#sandbox', 'fail=export');
        await builder.run();
        await builder.says(/answered 500:/);
        await page.selectOption('#sandbox', 'refuse');
        await builder.run();
        await builder.says(/answered 429:.*Try again in 1 s/);
        await page.selectOption('#sandbox', 'fail=Patient');
        await builder.run();
        await builder.says(/Complete/);

        await expect(page.locator('.issues li').first().innerText()).resolves.toMatch(/Patient/);
        await expect(page.locator('.counts').innerText()).resolves.toMatch(
          /given; told as missing/,
        );
      });

      it('goes on polling after a broken connection and a refused token, never too early, until it is cancelled', async () => {
        const polls: number[] = [];
        const tokens = new Set<string>();
        page.on('response', (response) => {
          if (!response.url().includes('/bulk-status/')) return;
          polls.push(response.status());
          tokens.add(response.request().headers()['authorization'] ?? '');
        });
        await page.route('**/bulk-status/*', (route) => route.fulfill({ status: 401 }), {
          times: 1,
        });
        await page.route('**/bulk-status/*', (route) => route.abort(), { times: 1 });
        await page.click('#sign-in-as-demo');
        await builder.groups(3);
        await page.selectOption('#sandbox', 'slow=20');
        await builder.run();
        const kickedOff = await page.waitForResponse((response) => response.status() === 202);
        await until('it was polled twice', () => polls.filter((poll) => poll === 202).length >= 2);
        await page.getByRole('button', { name: 'Cancel' }).click();
        await builder.says(/Cancelled/);
        const status = kickedOff.headers()['content-location'] ?? '';
        const poll = await fetch(status, {
          headers: { Authorization: `Bearer ${await demo.token()}` },
        });

        expect([...new Set(polls)]).toStrictEqual([401, 202]);
        expect(tokens.size).toBe(2);
        expect(poll.status).toBe(404);
        expect(await page.locator('#cancel').isHidden()).toBe(true);
      });

      it('has nothing against it for axe-core, with results, nor has the start page: on a desk and a telephone, in light and dark', async () => {
        await builder.signInWith(await demo.token());
        await builder.groups(3);
        await page.selectOption('#group', 'INF-101');
        await builder.run();
        await builder.says(/Complete/);
        await builder.open('With a private key');
        const looks = async (): Promise<readonly string[]> => {
          const found: string[] = [];
          for (const width of [1280, 390]) {
            for (const colorScheme of ['light', 'dark'] as const) {
              await page.setViewportSize({ width, height: 844 });
              await page.emulateMedia({ colorScheme });
              found.push(...(await violationsOf(page)));
            }
          }
          return found;
        };
        const onBuilder = await looks();
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        await page.goto(service.url);

        expect([onBuilder, await looks()]).toStrictEqual([[], []]);
        expect(width).toBe(390);
      });
    });

    it.each(['/', '/docs', '/fhir/metadata', '/fhir/nothing'])(
      'fits on a telephone, and can be read in the dark: %s',
      async (path) => {
        const dark = await browser.newContext({
          colorScheme: 'dark',
          viewport: { width: 390, height: 844 },
        });
        const shown = await dark.newPage();
        await shown.goto(service.url + path);
        await shown.locator('h1, h2.title').first().waitFor();
        for (const block of await shown
          .locator(
            '#operations-Export-StatusController_poll, #operations-Files-FilesController_download',
          )
          .all()) {
          await block.locator('.opblock-summary-control').first().click();
          await block.locator('.execute').waitFor();
        }
        const [width, pale] = [
          await shown.evaluate(() => document.documentElement.scrollWidth),
          await shown.evaluate(hardToRead),
        ];
        await dark.close();

        expect(width).toBe(390);
        expect(pale).toStrictEqual([]);
      },
    );
  });
});
