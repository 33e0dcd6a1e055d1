import { kickOff, manifestOf } from '../support/export';
import { type LoadedApp, startLoadedApp } from '../support/loaded-app';
import { ownConnections, showsConnections, type TcpConnection } from '../support/tcp-timers';
import { until } from '../support/until';

/** Who only waits for what comes sends nothing, and would wait for hours. */
const SECONDS = 10;

if (!showsConnections) {
  console.warn(
    'The tests of lost hosts are skipped: this system shows no TCP connections in /proc.',
  );
}
const describeWithConnections = showsConnections ? describe : describe.skip;

describeWithConnections('A host that is lost without a word', () => {
  let service: LoadedApp;

  beforeAll(async () => {
    service = await startLoadedApp(5);
  });

  // What is idle for long is closed.
  beforeEach(async () => {
    const statusUrl = await kickOff(service, 'Group/INF-101/$export', service.token);
    await manifestOf(service, statusUrl, service.token);
  });

  afterAll(() => service.close());

  it.each(['ehr-bulk-data', 'ehr-bulk-data extraction'])(
    'is asked after by every connection of %s to PostgreSQL that has been silent for ten seconds',
    async (applicationName) => {
      const ports = await service.dataSource.query<{ port: number }[]>(
        `select client_port as port from pg_stat_activity
         where datname = current_database() and application_name = $1`,
        [applicationName],
      );
      const isOurs = ({ localPort }: TcpConnection): boolean =>
        ports.some(({ port }) => port === localPort);

      await expect(askingSoon(isOurs)).resolves.toBeGreaterThan(0);
    },
  );

  it('is asked after by every connection to Redis that has been silent for ten seconds', async () => {
    const port = Number(new URL(service.config.redis.url).port || '6379');

    await expect(askingSoon(({ remotePort }) => remotePort === port)).resolves.toBeGreaterThan(0);
  });

  /** Waits until all of the connections will ask soon: just after sending, another timer runs. @returns how many */
  function askingSoon(which: (connection: TcpConnection) => boolean): Promise<number> {
    return until('every connection will ask soon', () => {
      const connections = ownConnections().filter(which);
      const asks = ({ asksIn = Infinity }: TcpConnection): boolean => asksIn <= SECONDS;
      return connections.every(asks) && connections.length;
    });
  }
});
