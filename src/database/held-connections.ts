import { AsyncLocalStorage } from 'node:async_hooks';

/** What the code that runs now has taken from the pools. */
interface Connections {
  /** Connections come from the reserve. */
  readonly reserved: boolean;
  /** True while it has one, as inside of a transaction. */
  held: boolean;
}

const current = new AsyncLocalStorage<Connections>();

/** A second connection was wanted by code that holds one: a fault of the program. */
export class HeldConnectionError extends Error {
  constructor() {
    super(
      'Code that holds a connection, as inside of a transaction, must not ask the pool for another: use the manager or runner that it was given.',
    );
    this.name = 'HeldConnectionError';
  }
}

/**
 * Runs work that has a connection of its own. When all connections are held by code that waits for one
 * more, nobody ever gets one: so until `work` has ended, none is given to it.
 */
export async function holding<T>(work: () => Promise<T>): Promise<T> {
  const connections: Connections = { reserved: isReserved(), held: true };
  try {
    return await current.run(connections, work);
  } finally {
    // What was left running in the background is free to ask.
    connections.held = false;
  }
}

/** @throws HeldConnectionError when the calling code has a connection already */
export function requireNoneHeld(): void {
  if (current.getStore()?.held === true) throw new HeldConnectionError();
}

/**
 * Runs short work that must go on when all other connections are taken: its connections come from a
 * reserve. Whoever holds another connection may wait for it, as nothing in it waits for theirs.
 */
export function onReserve<T>(work: () => T): T {
  return current.run({ reserved: true, held: false }, work);
}

export function isReserved(): boolean {
  return current.getStore()?.reserved === true;
}
