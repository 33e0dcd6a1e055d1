import type { Page } from 'playwright-core';

import { until } from './until';

/** The page /try, as people work with it. */
export class ExportBuilder {
  constructor(private readonly pageOf: () => Page) {}

  private get page(): Page {
    return this.pageOf();
  }

  /** Opens a way to sign in. */
  async open(way: string): Promise<void> {
    await this.page.getByRole('button', { name: way, exact: true }).click();
  }

  async signInWith(token: string): Promise<void> {
    await this.open('With a token');
    await this.page.fill('#sign-in-token', token);
    await this.page.click('#sign-in-with-token button');
  }

  /** The public JWK Set of the key that was made here, or nothing. */
  async jwks(): Promise<string> {
    return await this.page.inputValue('#made-key-jwks');
  }

  /** The ids of the groups, once so many are listed. */
  async groups(count: number): Promise<readonly string[]> {
    const options = this.page.locator('#group option');
    await until(`${count} groups are listed`, async () =>
      (await options.count()) === count ? true : undefined,
    );
    return await options.evaluateAll((found: HTMLOptionElement[]) =>
      found.map(({ value }) => value).sort(),
    );
  }

  async run(): Promise<void> {
    await this.page.getByRole('button', { name: 'Run the export' }).click();
  }

  /** Waits until the run says something like it. */
  async says(pattern: RegExp): Promise<void> {
    await this.page.locator('#run-status', { hasText: pattern }).waitFor();
  }

  /** The requests by their names. */
  async snippets(): Promise<Readonly<Record<string, string>>> {
    return await this.page
      .locator('.snippet')
      .evaluateAll((found) =>
        Object.fromEntries(found.map((one) => [one.ariaLabel ?? '', one.textContent])),
      );
  }
}

/** To be evaluated in the page: whether somebody could read the key that it keeps. */
export async function keptKeyIsSecret(): Promise<{ extractable: boolean; exported: boolean }> {
  const database = await new Promise<IDBDatabase>((resolve) => {
    const opening = indexedDB.open('ehr-bulk-data');
    opening.addEventListener('success', () => {
      resolve(opening.result);
    });
  });
  const { key } = await new Promise<{ key: CryptoKey }>((resolve) => {
    const reading = database.transaction('keys').objectStore('keys').get('made-here');
    reading.addEventListener('success', () => {
      resolve(reading.result as { key: CryptoKey });
    });
  });
  database.close();
  const exported = await crypto.subtle.exportKey('jwk', key).then(
    () => true,
    () => false,
  );
  return { extractable: key.extractable, exported };
}
