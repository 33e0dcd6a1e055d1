import net from 'node:net';

/** True when a Redis answers PING on this port of 127.0.0.1. */
export async function answersPing(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.setTimeout(2000, () => socket.destroy());
    socket.on('data', (answer) => {
      resolve(answer.toString('latin1').includes('PONG'));
      socket.destroy();
    });
    socket.on('error', () => {
      resolve(false);
    });
    socket.on('close', () => {
      resolve(false);
    });
  });
}
