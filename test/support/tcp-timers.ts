import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A TCP connection as Linux shows it in /proc/net/tcp (proc(5)). */
export interface TcpConnection {
  readonly localPort: number;
  readonly remotePort: number;
  /** Seconds until the system asks whether the other side is still there; undefined when it will not. */
  readonly asksIn: number | undefined;
}

const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];
const ESTABLISHED = '01';
/** Of the fifth column: the timer that runs is that of keep-alive. */
const KEEP_ALIVE_TIMER = '02';
/** Ticks of the interface to programs in a second. */
const TICKS = 100;

/** False where the system does not show its connections. */
export const showsConnections = existsSync('/proc/net/tcp');

/** The established connections of this process. */
export function ownConnections(): readonly TcpConnection[] {
  const own = ownSockets();
  return TABLES.filter((table) => existsSync(table)).flatMap((table) =>
    readFileSync(table, 'latin1')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((columns) => columns[3] === ESTABLISHED && own.has(columns[9] ?? ''))
      .map(connectionOf),
  );
}

function connectionOf(columns: readonly string[]): TcpConnection {
  const [timer, ticks] = (columns[5] ?? '').split(':');
  return {
    localPort: portOf(columns[1]),
    remotePort: portOf(columns[2]),
    asksIn: timer === KEEP_ALIVE_TIMER ? Number.parseInt(ticks ?? '', 16) / TICKS : undefined,
  };
}

function portOf(address = ''): number {
  return Number.parseInt(address.slice(address.lastIndexOf(':') + 1), 16);
}

/** Inodes of the sockets that this process has open. */
function ownSockets(): ReadonlySet<string> {
  const inodes = readdirSync('/proc/self/fd').map((descriptor) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${descriptor}`))?.[1] ?? '';
    } catch {
      return ''; // closed since
    }
  });
  return new Set(inodes);
}
