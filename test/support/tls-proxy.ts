import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** A certificate for 127.0.0.1; undefined where there is no openssl to make one. */
export function selfSigned(): Certificate | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'bulk-certificate-'));
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
  try {
    const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
    const subject = ['-nodes', '-subj', '/CN=127.0.0.1', '-days', '2'];
    execFileSync('openssl', [...request, ...subject, '-keyout', key, '-out', cert], {
      stdio: 'ignore',
    });
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A server that speaks TLS as PostgreSQL does, in front of one that need not. */
export interface TlsProxy {
  readonly url: string;
  /** Bytes that were sent encrypted. */
  encrypted(): number;
  close(): Promise<void>;
}

const YES = 'S';

export async function startTlsProxy(
  databaseUrl: string,
  certificate: Certificate,
): Promise<TlsProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let encrypted = 0;
  const server = createServer((plain) => {
    sockets.add(plain);
    plain.on('error', () => plain.destroy());
    plain.once('data', () => {
      plain.write(YES);
      const secure = new TLSSocket(plain, { isServer: true, ...certificate });
      const database = connect(Number(target.port || 5432), target.hostname);
      sockets.add(database);
      database.on('data', (bytes) => (encrypted += bytes.length));
      for (const [socket, other] of [
        [secure, database],
        [database, secure],
      ] as const) {
        socket.on('error', () => other.destroy()).on('close', () => other.destroy());
        socket.pipe(other);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  url.searchParams.set('sslmode', 'no-verify');
  return {
    url: url.href,
    encrypted: () => encrypted,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
