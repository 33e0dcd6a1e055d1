// node docker/healthcheck.mjs [api|worker|feed]: exits 0 when this container can serve. Without an argument
// it looks at what the container was started with.
import fs from 'node:fs';

const role = process.argv[2] ?? roleOfContainer();
const port = role !== 'api' ? (process.env.WORKER_PORT ?? 3001) : (process.env.PORT ?? 3000);

try {
  const url = `http://127.0.0.1:${port}/health/ready`;
  const answer = await fetch(url, { signal: AbortSignal.timeout(4000) });
  console.log(`${role}: ${answer.status} ${(await answer.text()).slice(0, 500)}`);
  process.exitCode = answer.ok ? 0 : 1;
} catch (error) {
  console.log(`${role}: no answer on port ${port} (${error.cause?.code ?? error.message})`);
  process.exitCode = 1;
}

function roleOfContainer() {
  if (process.env.ROLE === 'feed') return 'feed';
  const started = fs.readFileSync('/proc/1/cmdline', 'utf8');
  return started.includes('worker.js') ? 'worker' : 'api';
}
