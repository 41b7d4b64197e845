// A TCP proxy in front of the gateway, so that a test can cut a page's sockets as a network does: with a reset.
import net from 'node:net';

export async function proxy(target) {
  const pairs = new Set();
  const server = net.createServer((near) => {
    const far = net.connect(target.port, target.hostname);
    const pair = [near, far];
    pairs.add(pair);
    near.pipe(far);
    far.pipe(near);
    for (const socket of pair) {
      socket.on('error', () => {});
      socket.on('close', () => {
        pairs.delete(pair);
        near.destroy();
        far.destroy();
      });
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    port: server.address().port,
    /** Resets every connection; returns how many there were. */
    cut() {
      const n = pairs.size;
      for (const pair of [...pairs]) for (const socket of pair) socket.resetAndDestroy();
      return n;
    },
    close() {
      this.cut();
      server.close();
    },
  };
}
