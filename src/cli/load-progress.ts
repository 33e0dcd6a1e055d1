import { Presets, SingleBar } from 'cli-progress';

import type { LoadProgress } from '../feed';

const LINE_INTERVAL_MS = 5000;

/** Shows how a load goes on. */
export interface ProgressDisplay {
  show(progress: LoadProgress): void;
  end(): void;
}

/** A bar where a person looks on, a line every five seconds where a log is written. */
export function progressDisplay(stream: NodeJS.WriteStream): ProgressDisplay {
  return stream.isTTY ? new BarDisplay(stream) : new LineDisplay(stream);
}

class BarDisplay implements ProgressDisplay {
  private readonly bar: SingleBar;

  constructor(stream: NodeJS.WriteStream) {
    this.bar = new SingleBar(
      { stream, format: '{bar} {percentage}% of {total} MB read · {step}', hideCursor: true },
      Presets.shades_classic,
    );
    this.bar.start(0, 0, { step: 'starting' });
  }

  show(progress: LoadProgress): void {
    this.bar.setTotal(megabytes(progress.bytesTotal));
    this.bar.update(megabytes(progress.bytesRead), { step: stepOf(progress) });
  }

  end(): void {
    this.bar.stop();
  }
}

class LineDisplay implements ProgressDisplay {
  private shownAt = Date.now();

  constructor(private readonly stream: NodeJS.WriteStream) {}

  show(progress: LoadProgress): void {
    if (Date.now() - this.shownAt < LINE_INTERVAL_MS) return;
    this.shownAt = Date.now();
    const { bytesRead, bytesTotal } = progress;
    this.stream.write(
      `${megabytes(bytesRead)} of ${megabytes(bytesTotal)} MB read, ${stepOf(progress)}\n`,
    );
  }

  end(): void {
    this.shownAt = Date.now();
  }
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e5) / 10;
}

function stepOf({ phase, type }: LoadProgress): string {
  switch (phase) {
    case 'waiting':
      return 'waiting for another load to end';
    case 'reading':
      return 'reading';
    case 'resolving':
      return 'resolving references';
    case 'merging':
      return `storing ${type ?? 'resources'}`;
  }
}
