import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Transform, type TransformCallback } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

/** A line to a server that is as slow as we say, and can be cut or held. */
export interface SlowProxy {
  readonly port: number;
  /** Cuts every connection, in the middle of whatever it carries. */
  cut(): void;
  /** Lets nothing through until `resume`; connections stay open. */
  hold(): void;
  resume(): void;
  /**
   * From now on, and until `keepAnswers`, what `isLost` says arrives and its answer does not: the
   * connection is cut then.
   */
  loseAnswers(isLost: (sent: Buffer) => boolean): void;
  keepAnswers(): void;
  close(): Promise<void>;
}

/** @param bytesPerSecond of each connection, towards the client; small answers are not slowed */
export async function slowProxy(target: number, bytesPerSecond: number): Promise<SlowProxy> {
  const sockets = new Set<Socket>();
  const gate = new Gate();
  const none = (): boolean => false;
  let isLost: (sent: Buffer) => boolean = none;
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.once('close', () => sockets.delete(socket));
      // The other side goes with it; which of the two broke is of no interest.
      socket
        .on('error', () => undefined)
        .once('close', () => {
          client.destroy();
          upstream.destroy();
        });
    }
    client.on('data', (chunk: Buffer) => {
      if (isLost(chunk)) upstream.once('data', () => client.destroy());
    });
    client.pipe(new Brake(Infinity, gate)).pipe(upstream);
    upstream.pipe(new Brake(bytesPerSecond, gate)).pipe(client);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    hold: () => {
      gate.close();
    },
    resume: () => {
      gate.open();
    },
    loseAnswers: (says) => {
      isLost = says;
    },
    keepAnswers: () => {
      isLost = none;
    },
    close: async () => {
      gate.open();
      const closed = once(server.close(), 'close');
      cut();
      await closed;
    },
  };
}

/** Open, or closed with a promise of being opened. */
class Gate {
  private opened: Promise<void> | undefined;
  private resolve = (): void => undefined;

  close(): void {
    this.opened ??= new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  open(): void {
    this.opened = undefined;
    this.resolve();
  }

  async pass(): Promise<void> {
    await this.opened;
  }
}

/** What control queries exchange passes at full speed. */
const FREE_BYTES = 4096;

class Brake extends Transform {
  constructor(
    private readonly bytesPerSecond: number,
    private readonly gate: Gate,
  ) {
    super({ highWaterMark: 16_384 });
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const pause = chunk.length <= FREE_BYTES ? 0 : (chunk.length / this.bytesPerSecond) * 1000;
    Promise.all([this.gate.pass(), pause >= 1 ? delay(pause) : undefined]).then(
      () => {
        done(null, chunk);
      },
      () => {
        done();
      },
    );
  }
}
