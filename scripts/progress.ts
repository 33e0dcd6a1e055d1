import { SingleBar } from 'cli-progress';

export interface Progress {
  /** @param percent 0 to 100 */
  update(percent: number, note?: string): void;
  /** Leaves the line in its last state. Harmless when called twice. */
  stop(): void;
}

const LINE_INTERVAL_MILLISECONDS = 5000;

/** A bar on a terminal; elsewhere a line every five seconds, for logs. On standard error. */
export function startProgress(title: string): Progress {
  return process.stderr.isTTY ? bar(title) : lines(title);
}

function bar(title: string): Progress {
  const single = new SingleBar({
    format: `${title} [{bar}] {percentage}% {note}`,
    barsize: 30,
    barCompleteChar: '=',
    barIncompleteChar: ' ',
    hideCursor: true,
    stream: process.stderr,
  });
  single.start(100, 0, { note: '' });
  return {
    update(percent, note = '') {
      single.update(percent, { note });
    },
    stop() {
      single.stop();
    },
  };
}

function lines(title: string): Progress {
  let shownAt = Date.now();
  return {
    update(percent, note = '') {
      if (percent < 100 && Date.now() - shownAt < LINE_INTERVAL_MILLISECONDS) return;
      shownAt = Date.now();
      console.error(`${title}: ${Math.floor(percent)}% ${note}`.trimEnd());
    },
    stop() {
      // Every line is complete.
    },
  };
}

/** A program that was killed while it showed a bar leaves the cursor hidden and long lines cut. */
export function restoreTerminal(): void {
  if (process.stderr.isTTY) process.stderr.write('\u001b[?25h\u001b[?7h\n');
}
