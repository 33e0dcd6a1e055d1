import type { ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';

/**
 * Ends an answer whose headers are out so that nobody takes it for complete. A reset is seen even by
 * clients of HTTP/1.0, for which the end of a connection is the end of the body.
 */
export function breakOff(response: ServerResponse): void {
  const { socket } = response;
  if (socket && !(socket instanceof TLSSocket)) socket.resetAndDestroy();
  response.destroy();
}
