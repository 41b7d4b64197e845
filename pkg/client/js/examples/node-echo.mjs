// Joins a room and sends back whatever anybody signals there:
//
//     ALDIS_TOKEN=… node examples/node-echo.mjs ws://localhost:8080 lobby
//
// The token is optional. Node 22 has a WebSocket of its own; Node 20 takes that of npm ws.
import { AldisClient } from '../aldis.js';

const [url = 'ws://localhost:8080', room = 'lobby'] = process.argv.slice(2);
const WebSocket = globalThis.WebSocket ?? (await import('ws')).default;
const client = new AldisClient(url, { token: process.env.ALDIS_TOKEN, meta: { name: 'echo' }, WebSocket });

client.on('connected', ({ detail }) => console.log(`connected as ${detail.peer}${detail.resumed ? ', resumed' : ''}`));
client.on('disconnected', ({ detail }) => console.log(`away: ${detail.code} ${detail.reason}, again in ${detail.retryIn.toFixed(1)} s`));
client.on('presence', ({ detail }) => console.log(`${detail.peer} ${detail.event} ${detail.room}`));
client.on('closed', ({ detail }) => console.log(`closed: ${detail.code} ${detail.reason}`));

client.on('signal', async ({ detail: { from, n, room: within, kind, data } }) => {
  if (within !== room) return;
  try {
    await client.signal({ to: from, toN: n, room, kind, data });
  } catch (error) {
    console.log(`no echo to ${from}: ${error.code}`);
  }
});

process.once('SIGINT', () => client.close());

await client.connect();
const { peers } = await client.join(room);
console.log(`in ${room} with ${peers.length} others`);
