import fs from 'node:fs';

import { DEMO_FOLDER, SETTINGS_FILE } from './places';

type Settings = Readonly<Record<string, string>>;

/** Keeps the settings for `--env`, for nobody else to read. */
export function keepSettings(settings: Settings): void {
  fs.rmSync(SETTINGS_FILE, { force: true });
  fs.writeFileSync(SETTINGS_FILE, JSON.stringify(settings), { mode: 0o600 });
}

/**
 * The settings of the demonstration that is running, as lines for `eval` in a shell; `BASE` is its FHIR
 * base, for curl.
 *
 * @throws Error when none is running
 */
export async function settingsOfRunningDemo(): Promise<string> {
  try {
    const text = fs.readFileSync(SETTINGS_FILE, 'utf8');
    const settings = JSON.parse(text) as Settings; // written by keepSettings
    const answer = await fetch(`${settings['PUBLIC_URL'] ?? ''}/health/live`);
    if (!answer.ok) throw new Error(`it answers ${answer.status}`);
    const all = { ...settings, BASE: `${settings['PUBLIC_URL'] ?? ''}/fhir` };
    return Object.entries(all)
      .map(([name, value]) => `export ${name}=${quoted(value)}`)
      .join('\n');
  } catch (cause) {
    const why = (cause as Error).message;
    throw new Error(
      `No demonstration is running from ${DEMO_FOLDER} (${why}). Start one with npm run demo.`,
      { cause },
    );
  }
}

/** As a shell reads it back, whatever it holds. */
export function quoted(value: string): string {
  return `'${value.replaceAll("'", String.raw`'\''`)}'`;
}
