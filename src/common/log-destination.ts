import { type DestinationStream, pino } from 'pino';

/** Lines that wait while standard output takes none; more are dropped. */
const WAITING_BYTES = 1 << 20;

/** Standard output, whose failure, such as a full disk behind it, costs lines and nothing else. */
export function logDestination(): DestinationStream {
  const destination = pino.destination({ fd: 1, sync: true, maxLength: WAITING_BYTES });
  destination.on('error', () => undefined);
  return destination;
}
