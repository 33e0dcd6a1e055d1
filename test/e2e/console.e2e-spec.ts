import type { Browser, BrowserContext, Page } from 'playwright-core';
import request, { type Response } from 'supertest';

import { violationsOf } from '../support/accessibility';
import { startReplica } from '../support/app';
import { chromiumPath, startBrowser } from '../support/browser';
import { newClientKey } from '../support/client-assertion';
import { kickOff, manifestOf } from '../support/export';
import { given, type GivenApp, startGivenApp } from '../support/given-app';
import { hardToRead } from '../support/hard-to-read';
import { until } from '../support/until';

const ADMIN_TOKEN = 'operators-only-0123456789-abcdefghij';
const FROM_CONSOLE = ['X-Requested-With', 'console'] as const;

const executable = chromiumPath();
const withBrowser = executable === undefined ? describe.skip : describe;
if (executable === undefined) {
  console.warn('The tests of the console’s pages are skipped: no Chromium found. Set CHROMIUM.');
}

type Answer = Omit<Response, 'body'> & { readonly body: unknown };

describe('/console', () => {
  let service: GivenApp;
  /** An export of which one part waits for a day, and one that has ended. */
  let waiting: string;
  let ended: string;

  const idOf = (statusUrl: string): string => statusUrl.split('/').at(-1) ?? '';

  beforeAll(async () => {
    service = await startGivenApp(
      [given('Patient', 'secret-patient')],
      { ABC: ['secret-patient'] },
      { ADMIN_TOKEN, RETRY_AFTER_MAX_SECONDS: '1' },
    );
    await service.dataSource.query(`
      create function export.late() returns trigger language plpgsql as $$
      begin
        if new.type = 'CareTeam' then new.not_before := service.timer() + interval '1 day'; end if;
        return new;
      end $$`);
    await service.dataSource.query(
      'create trigger late before insert on export.part for each row execute function export.late()',
    );
    const done = await kickOff(service, 'Group/ABC/$export?_type=Patient', service.token);
    await manifestOf(service, done, service.token);
    ended = idOf(done);
    const late = 'Group/ABC/$export?_type=Patient,CareTeam';
    waiting = idOf(await kickOff(service, late, service.token));
  });

  afterAll(() => service.close());

  const signIn = (body: object, at = service.url): Promise<Answer> =>
    Promise.resolve(
      request(at)
        .post('/admin/session')
        .set(...FROM_CONSOLE)
        .send(body),
    );
  const cookieOf = ({ headers }: Answer): string =>
    String(headers['set-cookie']).split(';')[0] ?? '';
  const session = async (name = 'Ada'): Promise<string> =>
    cookieOf(await signIn({ token: ADMIN_TOKEN, name }));
  const get = (cookie: string, path: string, at = service.url): Promise<Answer> =>
    Promise.resolve(request(at).get(`/admin/${path}`).set('Cookie', cookie));
  const namesOf = async (action: string): Promise<readonly unknown[]> => {
    const rows = await service.dataSource.query<{ name: unknown }[]>(
      `select detail ->> 'statedName' as name from audit.event where action = $1 order by id`,
      [action],
    );
    return rows.map(({ name }) => name);
  };

  describe('the session', () => {
    it('is a cookie that no script reads and no other site sends, for the operators’ API alone', async () => {
      const answer = await signIn({ token: ADMIN_TOKEN, name: 'Ada' });

      expect(answer.status).toBe(200);
      expect(String(answer.headers['set-cookie'])).toMatch(
        /^operator=[\w-]{43}; Path=\/admin; Expires=[^;]+; HttpOnly; SameSite=Strict$/,
      );
      expect(answer.headers['cache-control']).toBe('no-store');
      expect((await get(cookieOf(answer), 'exports')).status).toBe(200);
    });

    it('is sent over TLS alone where the browser came by TLS', async () => {
      const answer = await request(service.url)
        .post('/admin/session')
        .set(...FROM_CONSOLE)
        .set('Origin', 'https://ehr.example.org')
        .send({ token: ADMIN_TOKEN, name: 'Ada' });

      expect(String(answer.headers['set-cookie'])).toContain('; Secure');
    });

    it('is over everywhere after sign-out, after eight hours, and when ADMIN_TOKEN has changed', async () => {
      const [left, old, other] = [await session(), await session(), await session()];
      const replica = await startReplica(service, { ADMIN_TOKEN: `${ADMIN_TOKEN}-new` });

      await request(service.url)
        .delete('/admin/session')
        .set('Cookie', left)
        .set(...FROM_CONSOLE);
      const afterSignOut = await get(left, 'exports');
      const afterChange = await get(other, 'exports', replica.url);
      await replica.close();
      await service.clock.advance(8 * 3600 - 60);
      const before = await get(old, 'exports');
      await service.clock.advance(61);
      const after = await get(old, 'exports');

      expect([afterSignOut, afterChange, before, after].map(({ status }) => status)).toStrictEqual([
        401, 401, 200, 401,
      ]);
      expect(await namesOf('operator.signed-out')).toStrictEqual(['Ada']);
    });

    it('changes nothing at the wish of a page of another origin', async () => {
      const cookie = await session();

      const forged = await request(service.url)
        .post(`/admin/exports/${ended}/expire`)
        .set('Cookie', cookie);
      const signedIn = await request(service.url)
        .post('/admin/session')
        .send({ token: ADMIN_TOKEN, name: 'Eve' });

      expect([forged.status, signedIn.status]).toStrictEqual([403, 403]);
      expect((await get(cookie, `exports/${ended}`)).body).toMatchObject({ state: 'completed' });
    });

    it.each([
      ['no name', { token: ADMIN_TOKEN }, 400],
      ['a name of more than a line', { token: ADMIN_TOKEN, name: 'Ada\nBob' }, 400],
      ['a token that is none', { token: 'operators only', name: 'Ada' }, 400],
      ['a wrong token', { token: `${ADMIN_TOKEN}x`, name: 'Ada' }, 401],
    ])('is refused for %s, without repeating what was sent', async (_, body, status) => {
      const answer = await signIn(body);

      expect(answer.status).toBe(status);
      expect(JSON.stringify(answer.body)).not.toContain('perators-only');
      expect(answer.headers['set-cookie']).toBeUndefined();
    });

    it('has every action on record with the name that was stated', async () => {
      const cookie = await session('Grace');
      const post = (path: string): Promise<Answer> =>
        Promise.resolve(
          request(service.url)
            .post(`/admin/${path}`)
            .set('Cookie', cookie)
            .set(...FROM_CONSOLE),
        );

      await post(`exports/${waiting}/hold`);
      await post(`exports/${waiting}/release`);
      await post(`apps/${service.client.id}/disable`);
      await post(`apps/${service.client.id}/enable`);

      for (const action of ['export.held', 'export.released', 'app.disabled', 'app.enabled']) {
        expect([action, await namesOf(action)]).toStrictEqual([action, ['Grace']]);
      }
      expect((await get(cookie, 'audit?action=export.held')).body).toMatchObject({
        events: [{ jobId: waiting, detail: { statedName: 'Grace' } }],
      });
    });
  });

  it('shows the settings in force without secrets', async () => {
    const { body } = await get(await session(), 'system');

    expect(body).toMatchObject({
      health: { status: 'ok' },
      settings: expect.arrayContaining([
        { name: 'EXPORT_MAX_RUNNING', value: '32' },
        { name: 'ADMIN_TOKEN', value: '(secret)' },
        { name: 'DATABASE_URL', value: '(secret)' },
      ]) as unknown,
    });
    expect(JSON.stringify(body)).not.toContain(ADMIN_TOKEN);
  });

  it('names the parameter of audit events that has a fault, and pages through the rest', async () => {
    const cookie = await session();
    const page = async (query: string): Promise<{ events: { id: string }[]; next?: string }> =>
      (await get(cookie, `audit?count=1${query}`)).body as never;

    const first = await page('');
    const second = await page(`&before=${first.next ?? ''}`);
    const wrong = await get(cookie, 'audit?action=nothing');

    expect(Number(second.events[0]?.id)).toBeLessThan(Number(first.events[0]?.id));
    expect([wrong.status, wrong.body]).toMatchObject([
      400,
      { issue: [{ expression: ['action'] }] },
    ]);
  });

  it('is there only where the operators’ API is, and loads its own files alone', async () => {
    const replica = await startReplica(service, { ADMIN_TOKEN: '' });

    const off = await request(replica.url).get('/console');
    const on = await request(service.url).get('/console');
    await replica.close();

    expect([off.status, on.status]).toStrictEqual([404, 200]);
    expect(on.headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'self';/,
    );
    expect(on.text).not.toMatch(/<script>|<style|style=| on[a-z]+=/);
  });

  withBrowser('in a browser', () => {
    let browser: Browser;
    let context: BrowserContext;
    let page: Page;
    let complaints: string[];

    const enter = async (at: Page, path = ''): Promise<void> => {
      await at.goto(`${service.url}/console${path}`);
      await at.getByLabel('Your name').fill('Ada Lovelace');
      await at.getByLabel('Operators’ token').fill(ADMIN_TOKEN);
      await at.keyboard.press('Enter');
      await at.getByRole('navigation', { name: 'Console' }).waitFor();
    };
    const confirm = async (name: string): Promise<void> => {
      await page.getByRole('button', { name, exact: true }).click();
      await page.getByRole('dialog').getByRole('button', { name, exact: true }).click();
    };

    beforeAll(async () => {
      browser = await startBrowser(executable ?? '');
    });

    afterAll(() => browser.close());

    beforeEach(async () => {
      complaints = [];
      context = await browser.newContext();
      page = await context.newPage();
      page.on('pageerror', (error) => complaints.push(error.message));
    });

    afterEach(() => context.close());

    it('finds an export that waits, holds and releases it, and cancels it once that is confirmed', async () => {
      await enter(page);
      await page.getByRole('link', { name: waiting.slice(0, 8) }).click();
      await page.getByText('retry at').waitFor();

      await confirm('Hold');
      await page.getByText('held by an operator').first().waitFor();
      await confirm('Release');
      await page.getByRole('button', { name: 'Hold', exact: true }).waitFor();
      await page.getByRole('button', { name: 'Cancel export' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Back' }).click();
      const afterBack = await get(await session(), `exports/${waiting}`);
      await confirm('Cancel export');
      await page.locator('.summary').getByText('cancelled').waitFor();

      expect(afterBack.body).toMatchObject({ state: 'running' });
      expect(await namesOf('export.cancelled')).toStrictEqual(['Ada Lovelace']);
      expect(complaints).toStrictEqual([]);
    });

    it('shows an export that begins while somebody looks', async () => {
      await enter(page);
      await page.getByRole('heading', { name: 'Open exports' }).waitFor();

      const late = 'Group/ABC/$export?_type=CareTeam';
      const id = idOf(await kickOff(service, late, service.token));

      await expect(page.getByRole('link', { name: id.slice(0, 8) }).waitFor()).resolves.toBe(
        undefined,
      );
    });

    it('registers an app by its pasted keys, changes its licence without what it may write, and disables it', async () => {
      const { publicJwk } = await newClientKey();
      await enter(page, '#/apps/+');
      await page.getByLabel('Name').fill('Cancer registry');
      await page.getByLabel('Client id').fill('registry');
      await page.getByLabel('Groups').fill('ABC');
      await page.getByLabel('Pasted').check();
      await page.getByLabel('JSON Web Key Set').fill('no JSON');
      await page.getByRole('button', { name: 'Register' }).click();
      await page.getByText('no JSON.').waitFor();
      await page.getByLabel('JSON Web Key Set').fill(JSON.stringify({ keys: [publicJwk] }));
      await page.getByRole('button', { name: 'Register' }).click();
      await page.getByRole('heading', { name: 'Cancer registry' }).waitFor();
      await page.getByLabel('Resource types').fill('Patient, Goal');
      await page.getByRole('button', { name: 'Change licence' }).click();
      const cookie = await session();
      const app = await until('the licence has changed', async () => {
        const { body } = await get(cookie, 'apps/registry');
        return (body as { resourceTypes?: unknown }).resourceTypes ? body : undefined;
      });
      await confirm('Disable app');
      await page.getByText('disabled', { exact: true }).waitFor();

      expect(app).toMatchObject({
        ...{ groups: ['ABC'], allGroups: false, fhirWrites: false, feeds: [] },
        resourceTypes: ['Patient', 'Goal'],
      });
      expect(complaints).toStrictEqual([]);
    });

    it('counts the members of a group, and tells which exports held a patient', async () => {
      await enter(page, '#/groups/ABC');
      await page.getByRole('button', { name: 'Count members' }).click();
      const count = await page.locator('.big').innerText();
      await page.goto(`${service.url}/console#/disclosures`);
      await page.getByLabel('Patient').fill('secret-patient');
      await page.getByRole('button', { name: 'Find disclosures' }).click();
      await page.getByRole('link', { name: ended.slice(0, 8) }).waitFor();

      expect(count).toBe('1');
      expect(await namesOf('disclosures.read')).toStrictEqual(['Ada Lovelace']);
    });

    it('shows the sign-in again after sign-out, and nothing else', async () => {
      await enter(page, '#/system');
      await page.getByRole('heading', { name: 'Dependencies' }).waitFor();

      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByLabel('Your name').waitFor();

      expect(await page.locator('body').innerText()).not.toContain('Dependencies');
      expect(await context.cookies(`${service.url}/admin`)).toStrictEqual([]);
    });

    it.each([
      ['light', 1280],
      ['dark', 390],
    ] as const)('has no barriers on any page, in %s and %d wide', async (colorScheme, width) => {
      const view = await browser.newContext({ colorScheme, viewport: { width, height: 844 } });
      const shown = await view.newPage();
      const faults: string[] = [];
      const inspect = async (name: string): Promise<void> => {
        await shown.locator('h1').waitFor();
        await until('everything is there', async () =>
          (await shown.locator('text=Looking…').count()) === 0 ? true : undefined,
        );
        const wide = await shown.evaluate(() => document.documentElement.scrollWidth);
        // The one look is as dear as all of the rest.
        const barriers = colorScheme === 'dark' ? await violationsOf(shown) : [];
        const found = [...barriers, ...(await shown.evaluate(hardToRead))];
        faults.push(...found.map((fault) => `${name}: ${fault}`));
        if (wide > width) faults.push(`${name}: ${wide} px wide`);
      };

      await shown.goto(`${service.url}/console`);
      await inspect('sign-in');
      await enter(shown);
      for (const [path, ready] of [
        ['', 'Open exports'],
        ['exports', 'Older'],
        [`exports/${ended}`, 'Patient.1.ndjson'],
        ['apps', service.client.id],
        ['apps/+', 'Public keys'],
        [`apps/${service.client.id}`, 'Change weight'],
        ['groups', 'patient-list'],
        ['groups/ABC', 'Count members'],
        ['audit', 'operator.signed-in'],
        ['disclosures', 'Find disclosures'],
        ['system', 'EXPORT_MAX_RUNNING'],
      ] as const) {
        await shown.goto(`${service.url}/console#/${path}`);
        if (path !== 'exports') await shown.getByText(ready).first().waitFor();
        else await shown.getByRole('table').waitFor();
        await inspect(path);
        const pictures = process.env['PICTURES'];
        if (pictures !== undefined) {
          await shown.screenshot({
            path: `${pictures}/${path.replaceAll('/', '-')}-${colorScheme}.png`,
            fullPage: true,
          });
        }
      }
      await view.close();

      expect(faults).toStrictEqual([]);
    });
  });

  it('slows wrong tries down, as the operators’ API does', async () => {
    const tries: number[] = [];
    while (tries.length < 12 && !tries.includes(429)) {
      tries.push((await signIn({ token: 'guess', name: 'Eve' })).status);
    }

    expect(tries.at(-1)).toBe(429);
    expect((await signIn({ token: ADMIN_TOKEN, name: 'Ada' })).status).toBe(429);
  });
});
