import type { IncomingMessage, Server, ServerResponse } from 'node:http';

import type { Config } from '../config';

/** How often Node looks for requests that take too long, in ms; less when they may take little. */
const LOOK_MILLISECONDS = 5000;

/**
 * Bounds how long connections may idle, send and stand still. An idle one outlives the load balancer's
 * patience, also one that has been opened in advance and has not sent anything: the time for headers,
 * which Node counts from the opening, is longer still. To be called before the server listens.
 */
export function limitConnections(server: Server, { http }: Config): void {
  server.keepAliveTimeout = http.keepAlive * 1000;
  server.headersTimeout = (http.keepAlive + 1) * 1000;
  server.requestTimeout = http.arrival * 1000;
  // Read when the server begins to listen; the type knows it as an option alone.
  Object.assign(server, {
    connectionsCheckingInterval: Math.min(LOOK_MILLISECONDS, http.arrival * 250),
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    // Afterwards Node sets the idle time again.
    socket.setTimeout(http.stall * 1000);
    response.on('timeout', () => {
      // While the service works on an answer, nothing moves either.
      if (response.headersSent || !request.complete) socket.destroy();
    });
  });
}
