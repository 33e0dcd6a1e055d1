import { SETTINGS_FILE } from './places';
import { askRunningDemo, keepPrivately } from './running-demo';

/** Settings of the service, and `BASE`, its FHIR base, for curl. */
interface Settings extends Readonly<Record<string, string>> {
  readonly PUBLIC_URL: string;
  readonly BASE: string;
}

/** Keeps the settings for `--env`. */
export function keepSettings(settings: Settings): void {
  keepPrivately(SETTINGS_FILE, settings);
}

/** The settings of the demonstration that is running. @throws Error when none is */
export function settingsKept(): Promise<Settings> {
  return askRunningDemo(SETTINGS_FILE, async (kept) => {
    const settings = kept as Settings; // by keepSettings
    const answer = await fetch(`${settings.PUBLIC_URL}/health/live`);
    if (!answer.ok) throw new Error(`it answers ${answer.status}`);
    return settings;
  });
}

/** The settings as lines for `eval` in a shell. */
export function asExports(settings: Settings): string {
  return Object.entries(settings)
    .map(([name, value]) => `export ${name}=${quoted(value)}`)
    .join('\n');
}

/** As a shell reads it back, whatever it holds. */
function quoted(value: string): string {
  return `'${value.replaceAll("'", String.raw`'\''`)}'`;
}
