import { spawn } from 'node:child_process';

/** How often a reader is told that it still goes on. */
const TICK_MILLISECONDS = process.stderr.isTTY ? 1000 : 15_000;

/** An interrupted npm tidies up before it ends. */
const PATIENCE_MILLISECONDS = 5000;

/** An error whose message is all that the reader needs: no stack trace. */
export function expected(message) {
  return Object.assign(new Error(message), { expected: true });
}

/**
 * Runs a Node program with its output held back: a line tells what is going on, the output is shown
 * only when it fails.
 *
 * @param {string} notice what the reader sees
 * @param {string[]} command script and arguments for this Node
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv }} options
 */
export async function runQuietly(notice, command, options) {
  const started = Date.now();
  console.error(`${notice} ...`);
  const ticking = setInterval(() => tellTime(notice, started), TICK_MILLISECONDS);
  const output = [];
  const child = spawn(process.execPath, command, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.on('data', (chunk) => output.push(chunk));
  child.stderr.on('data', (chunk) => output.push(chunk));
  const undo = endChildWithUs(child);
  const { code, signal } = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  undo();
  clearInterval(ticking);
  if (code !== 0) {
    process.stderr.write(Buffer.concat(output));
    throw expected(`${notice} failed (${signal ?? `exit code ${code}`}); its output is above.`);
  }
  console.error(`${notice}: done in ${((Date.now() - started) / 1000).toFixed(0)} s.`);
}

/** On a terminal the line above is written over. */
function tellTime(notice, started) {
  const seconds = ((Date.now() - started) / 1000).toFixed(0);
  const over = process.stderr.isTTY ? '\u001b[1A\r\u001b[K' : '';
  console.error(`${over}${notice} ... ${seconds} s`);
}

/**
 * Ctrl-C reaches the child through the terminal, SIGTERM only through us. Either way we wait until it
 * is gone, with force after a while, so that nothing goes on behind the reader's back.
 */
function endChildWithUs(child) {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const handler = (signal) => {
    undo();
    for (const later of signals) process.on(later, () => undefined); // npm repeats them
    child.once('exit', () => process.exit(signal === 'SIGINT' ? 130 : 143));
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), PATIENCE_MILLISECONDS);
  };
  const undo = () => signals.forEach((signal) => process.off(signal, handler));
  for (const signal of signals) process.on(signal, handler);
  return undo;
}
