import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';

import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Application, RequestHandler } from 'express';

import { notFound } from '../common';
import type { Config } from '../config';
import { limitConnections } from './connections';
import { answerUnreadableRequests } from './unreadable-requests';

/** For operators and monitoring alone. */
const OPERATORS = ['admin', 'console', 'metrics'];
/** What their pages and the platform's probes need besides. */
const BOTH = ['assets', 'favicon.ico', 'health'];

const NOT_HERE = 'There is nothing at this address on this port.';

const SOCKETS = new WeakSet<Socket>();

/**
 * Where there is an ADMIN_PORT, operators and monitoring are served there and nowhere else, and clients
 * find nothing there: what must not be public needs no proxy that hides it. Feeds are clients.
 */
export function keepApart({ http }: Config): RequestHandler {
  return ({ path, socket }, _response, next) => {
    // Routes do not mind the case of their paths.
    const place = path.split('/', 2)[1]?.toLowerCase() ?? '';
    const isOnAdminPort = SOCKETS.has(socket);
    const isAnswered =
      http.adminPort === undefined ||
      BOTH.includes(place) ||
      OPERATORS.includes(place) === isOnAdminPort;
    next(isAnswered ? undefined : notFound(NOT_HERE));
  };
}

/** The second server of an api, for ADMIN_PORT: the same application, told apart by the connection. */
export function adminServer(app: NestExpressApplication, config: Config): Server {
  const server = createServer(app.getHttpAdapter().getInstance() as unknown as Application);
  server.on('connection', (socket) => SOCKETS.add(socket));
  answerUnreadableRequests(server);
  limitConnections(server, config);
  app.getHttpServer().once('close', () => {
    server.close();
    server.closeAllConnections();
  });
  return server;
}
