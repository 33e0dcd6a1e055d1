import path from 'node:path';

import { projectRoot } from '../services';

/** Everything that the demonstration writes is below this folder. */
export const DEMO_FOLDER = path.join(projectRoot(), '.demo');

export const EXPORT_FOLDER = path.join(DEMO_FOLDER, 'export');
/** What the last export with `_since` gave. */
export const CHANGES_FOLDER = path.join(DEMO_FOLDER, 'changes');
/** Up to where changes were exported last. */
export const SINCE_FILE = path.join(DEMO_FOLDER, 'since.txt');
export const SAMPLE_FOLDER = path.join(DEMO_FOLDER, 'sample');
/** What a client needs to sign in, its private key included. */
export const CLIENT_FILE = path.join(DEMO_FOLDER, 'client.json');
export const REJECTS_FILE = path.join(DEMO_FOLDER, 'rejected.ndjson');
/** What was loaded, by type, and why resources were refused. */
export const LOADED_FILE = path.join(DEMO_FOLDER, 'loaded.txt');
/** What was exported, by type, and what the check found. */
export const SUMMARY_FILE = path.join(DEMO_FOLDER, 'summary.txt');
/** The settings of the demonstration that runs, its secrets included. */
export const SETTINGS_FILE = path.join(DEMO_FOLDER, 'settings.json');
/** Scratch space of the check. */
export const CHECK_FOLDER = path.join(DEMO_FOLDER, 'check');

/** A path as people would type it. */
export function shown(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith('..') ? file : relative;
}
