import { createPrivateKey } from 'node:crypto';

import type { JWK } from 'jose';
import type { Browser, Page } from 'playwright-core';

import { generateRsaKeys } from '../../libs/keys/src';
import { AppRegistry } from '../../src/auth';
import { startTestApp, type TestApp } from '../support/app';
import { chromiumPath, startBrowser } from '../support/browser';
import { makeGroups } from '../support/groups';
import { registerApp } from '../support/registered-app';

const executable = chromiumPath();
const withBrowser = executable === undefined ? describe.skip : describe;
if (executable === undefined) {
  console.warn('The tests of the /docs page are skipped: no Chromium found. Set CHROMIUM to one.');
}

describe('the /docs page', () => {
  withBrowser('in a browser', () => {
    let service: TestApp;
    let browser: Browser;
    let page: Page;
    let complaints: string[];

    const status = (): Promise<string> => page.locator('#sign-in-status').innerText();
    const statusToMatch = async (pattern: RegExp): Promise<void> => {
      await page.locator('#sign-in-status', { hasText: pattern }).waitFor();
    };
    const signIn = async (clientId: string, key: string, kid = ''): Promise<void> => {
      await page.fill('#sign-in-client', clientId);
      await page.fill('#sign-in-key', key);
      await page.fill('#sign-in-kid', kid);
      await page.click('#sign-in-with-key button');
    };
    /** Presses «Execute» on the search of groups, and gives the status that the page shows. */
    const tryGroupSearch = async (): Promise<string> => {
      const operation = page.locator('.opblock-get', {
        has: page.locator('[data-path="/fhir/Group"]'),
      });
      await operation.locator('.opblock-summary-control').first().click();
      await operation.locator('.execute').click();
      return operation
        .locator('.live-responses-table .response .response-col_status')
        .first()
        .innerText();
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
      service = await startTestApp();
      await makeGroups(service);
      browser = await startBrowser(executable ?? '');
    });

    afterAll(async () => {
      await browser.close();
      await service.close();
    });

    beforeEach(async () => {
      complaints = [];
      page = await browser.newPage();
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(`${service.url}/docs`);
      await page.locator('#sign-in').waitFor();
    });

    afterEach(() => page.close());

    it('opens without an error in its console', () => {
      expect(complaints).toStrictEqual([]);
    });

    it('gets a token with a client id and a JWK, and searches groups with it', async () => {
      const app = await registerApp(service);

      await signIn(app.id, JSON.stringify(app.privateKey));
      await statusToMatch(/Signed in until/);

      expect(await status()).toMatch(/[45] min \d\d s to go\. Scope: system\/\*\.rs/);
      expect(await tryGroupSearch()).toMatch(/^200/);
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

      await page.fill('#sign-in-token', `Bearer ${token}`);
      await page.click('#sign-in-with-token button');
      await statusToMatch(/Signed in until/);
      const signedIn = await tryGroupSearch();
      await page.click('.sign-in-out');
      await statusToMatch(/Signed out/);

      expect(signedIn).toMatch(/^200/);
    });

    it('says what the token endpoint has against the request', async () => {
      const app = await registerApp(service);

      await signIn('somebody-else', JSON.stringify(app.privateKey));

      await expect(statusToMatch(/401: invalid_client/)).resolves.toBeUndefined();
    });

    it.each([
      ['a public key', '{"kty":"EC","crv":"P-384","kid":"1","x":"a","y":"b"}', /public key/],
      ['a key of another curve', '{"kty":"EC","crv":"P-256","kid":"1","d":"a"}', /no private key/],
      ['no key at all', 'hello', /neither JSON/],
      ['an empty field', ' ', /Paste a private key/],
    ])('says what is wrong with %s', async (_, key, expected) => {
      await signIn('any', key);

      await expect(statusToMatch(expected)).resolves.toBeUndefined();
    });

    it('keeps nothing in the browser', async () => {
      const app = await registerApp(service);

      await signIn(app.id, JSON.stringify(app.privateKey));
      await statusToMatch(/Signed in until/);

      expect(await page.evaluate('localStorage.length + sessionStorage.length')).toBe(0);
      expect(await page.context().cookies()).toStrictEqual([]);
    });
  });
});
