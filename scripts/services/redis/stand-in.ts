/**
 * The program of the JavaScript stand-in for Redis: node stand-in.js PORT. It lacks BRPOPLPUSH, which
 * Bull needs; the service replaces that command when REDIS_WITHOUT_BRPOPLPUSH is "true".
 */
import net from 'node:net';

import { createRedisServer } from 'js-redis-server';

// It has no option for the address and would listen on all of them.
const prototype = net.Server.prototype as { listen: (...args: unknown[]) => net.Server };
const { listen } = prototype;
prototype.listen = function (this: net.Server, ...args) {
  const [first, ...rest] = args;
  return listen.apply(this, typeof first === 'number' ? [first, '127.0.0.1', ...rest] : args);
};

createRedisServer({ port: Number(process.argv[2]) }).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
