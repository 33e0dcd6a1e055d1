/** Where a service keeps its files, and for how long. */
export interface ServicePlace {
  readonly directory: string;
  /** Reuse the data of an earlier run; else it is removed at the start. */
  readonly keep: boolean;
  /** Nobody will miss the data: no fsync, removed at the stop. */
  readonly temporary: boolean;
}

/** A server that runs, ours or somebody's. */
export interface Service {
  readonly url: string;
  /** For people: what runs, and where it came from. */
  readonly description: string;
  /** File with what it prints; undefined for one that is not ours. */
  readonly log?: string;
  /** Settles when the server is gone, wanted or not. Never, for one that is not ours. */
  readonly exited: Promise<number>;
  /** Ends it if it is ours, and waits until it is gone. */
  stop(): Promise<void>;
}

/** A server that somebody else runs: never stopped by us. */
export function outsideService(url: string, description: string): Service {
  return { url, description, exited: new Promise(() => undefined), stop: () => Promise.resolve() };
}
