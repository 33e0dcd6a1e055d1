import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

import { CopySocket } from './copy-socket';

/** As PostgreSQL sends. */
const PIECE = Buffer.alloc(8192, 'x');
/** More of it than any diversion hurries for. */
const MANY = 300;

let server: Server;
let sender: Socket;
let socket: CopySocket;
let taken: number;
/** Bytes emitted. */
let emitted: number;
/** After so many bytes the diversion ends. */
let wanted: number;

function divert(): void {
  socket.divert((chunk) => {
    taken += chunk.length;
    if (taken >= wanted) socket.undivert();
    return chunk.length;
  });
}

async function send(piece: Buffer): Promise<void> {
  await new Promise((resolve) => sender.write(piece, resolve));
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Long enough for what was sent to be read by whoever reads. */
async function turns(): Promise<void> {
  for (let count = 0; count < 50; count++) await turn();
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition() && !socket.destroyed) await turn();
}

function untilTaken(bytes: number): Promise<void> {
  return until(() => taken >= bytes);
}

/** Sends so much that the socket lets what follows gather; it does so when this resolves. */
async function sendMany(): Promise<void> {
  for (let piece = 1; piece <= MANY; piece++) {
    await send(PIECE);
    jest.advanceTimersByTime(1);
    await untilTaken(piece * PIECE.length);
  }
}

describe(CopySocket.name, () => {
  beforeEach(async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    socket = new CopySocket();
    socket.connect((server.address() as AddressInfo).port, '127.0.0.1');
    [sender] = (await once(server, 'connection')) as [Socket];
    sender.setNoDelay();
    taken = 0;
    emitted = 0;
    wanted = Infinity;
    socket.on('data', (chunk: Buffer) => {
      emitted += chunk.length;
    });
    divert();
  });

  afterEach(() => {
    jest.useRealTimers();
    // First, or what a failed test has not read would reset it.
    sender.destroy();
    socket.destroy();
    server.close();
  });

  it('takes what is short as it comes', async () => {
    for (let piece = 1; piece <= 100; piece++) {
      await send(PIECE);
      await untilTaken(piece * PIECE.length);
    }

    expect(taken).toBe(100 * PIECE.length);
  });

  it('lets some of what is long gather before it reads on', async () => {
    await sendMany();

    await send(PIECE);
    await send(PIECE);
    await turns();
    const meanwhile = taken;
    jest.advanceTimersByTime(1);
    await untilTaken((MANY + 2) * PIECE.length);

    expect(meanwhile).toBe(MANY * PIECE.length);
  });

  it('does not read on while somebody has paused it', async () => {
    await sendMany();

    socket.pause();
    await send(PIECE);
    jest.advanceTimersByTime(1);
    await turns();
    const meanwhile = taken;
    socket.resume();
    await untilTaken((MANY + 1) * PIECE.length);

    expect(meanwhile).toBe(MANY * PIECE.length);
  });

  it('is in a hurry again for what comes after a diversion, and for the next', async () => {
    wanted = MANY * PIECE.length;
    await sendMany();

    await send(PIECE);
    await until(() => emitted > 0);
    wanted = Infinity;
    divert();
    for (let piece = MANY + 1; piece <= MANY + 9; piece++) {
      await send(PIECE);
      await untilTaken(piece * PIECE.length);
    }

    expect(emitted).toBe(PIECE.length);
    expect(taken).toBe((MANY + 9) * PIECE.length);
  });
});
