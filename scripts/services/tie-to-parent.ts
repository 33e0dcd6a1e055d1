import { spawnSync } from 'node:child_process';

import type { Account } from './tied-process';

/**
 * What goes before a command so that Linux ends it with the process that starts it, even when that is
 * killed. Nothing where the system cannot do it (macOS; BusyBox, whose setpriv knows no such option).
 */
export function tieToParent(
  signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL',
  account?: Account,
): readonly string[] {
  const tie = ['--pdeathsig', signal.replace('SIG', ''), '--'];
  const works =
    spawnSync('setpriv', [...tie, 'true'], { stdio: 'ignore', ...account }).status === 0;
  return works ? ['setpriv', ...tie] : [];
}
