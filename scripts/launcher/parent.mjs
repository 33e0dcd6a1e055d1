import fs from 'node:fs';

/**
 * Ends this process when npm, which started it, is gone (kill -9 of npm reaches nobody else). Only
 * under npm: a program started from a shell may outlive the shell.
 */
export function endWithParent() {
  if (!process.env.npm_lifecycle_event) return;
  const before = ancestors();
  setInterval(() => {
    if (ancestors() !== before) process.kill(process.pid, 'SIGTERM');
  }, 1000).unref();
}

/** npm starts us through a shell, which stays between the two and is orphaned in our place. */
function ancestors() {
  try {
    const stat = fs.readFileSync(`/proc/${process.ppid}/stat`, 'latin1');
    const [, grandparent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return `${process.ppid} ${grandparent}`;
  } catch {
    return String(process.ppid); // no /proc here
  }
}
