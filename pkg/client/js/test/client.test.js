import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import WebSocket from 'ws';
import { AldisClient, AldisError, CloseError, sessionStore } from '../aldis.js';
import { Gateway } from './gateway.js';

/** A gateway and a client of it, both gone when the test is over. */
async function fixture(t, options = {}) {
  const gateway = await Gateway.start();
  const make = (more) => new AldisClient(gateway.url, { peer: 'alice', WebSocket, backoffBase: 0.05, closeTimeout: 0.5, ...options, ...more });
  const client = make();
  t.after(async () => {
    await client.close();
    await gateway.stop();
  });
  return { gateway, client, make };
}

const once = (target, name) => new Promise((resolve) => target.addEventListener(name, ({ detail }) => resolve(detail), { once: true }));

/** A Storage in memory. */
function memory() {
  const items = new Map();
  return { getItem: (key) => items.get(key) ?? null, setItem: (key, value) => items.set(key, value), removeItem: (key) => items.delete(key) };
}

/** The ack of a signal, for whatever id it came with. */
async function acknowledge(gateway, socket) {
  const frame = await socket.frames.next();
  gateway.send(socket, { type: 'ack', id: frame.id, status: 'sent' });
  return frame;
}

test('a page reload resumes from the store, and goes on with its ids', async (t) => {
  const storage = memory();
  const { gateway, client, make } = await fixture(t, { store: sessionStore('k', storage) });
  void client.connect();
  const first = await gateway.welcome();
  gateway.send(first, { type: 'signal', seq: 1, from: 'bob', n: 9, kind: 'x' });
  const sent = client.signal({ to: 'bob' });
  const { id } = await acknowledge(gateway, first);
  await sent;
  const reloaded = make({ peer: undefined });
  const connected = reloaded.connect();
  const second = await gateway.welcome({ secret: 'x2', resumed: true });
  assert.deepEqual(second.hello, { type: 'hello', peer: 'alice', resume: { session: 's1', secret: 'x1', seq: 1 } });
  assert.deepEqual(second.ack, { type: 'ack', seq: 1 });
  assert.equal((await connected).resumed, true);
  void reloaded.signal({ to: 'bob' }).catch(() => {});
  assert.ok((await second.frames.next()).id > id);
  const closed = reloaded.close();
  assert.equal((await second.frames.next()).type, 'bye');
  second.ws.close(1000, 'bye');
  await closed;
  assert.equal(storage.getItem('k'), null);
  const other = make({ peer: 'zoe', store: sessionStore('k', storage) });
  assert.equal(other.session, undefined);
});

test('the secret is stored before anything is sent', async (t) => {
  const order = [];
  class Spy extends WebSocket {
    send(text) {
      order.push(JSON.parse(text).type);
      super.send(text);
    }
  }
  const store = { load: () => null, save: ({ secret }) => order.push(secret), clear() {} };
  const { gateway, client } = await fixture(t, { store, WebSocket: Spy });
  void client.connect();
  await gateway.welcome();
  assert.deepEqual(order, ['hello', 'x1', 'ack']);
});

test('a store that fails does no harm', async (t) => {
  const broken = () => { throw new Error('denied'); };
  const { gateway, client } = await fixture(t, { store: { load: broken, save: broken, clear: broken } });
  const connected = client.connect();
  await gateway.welcome();
  assert.equal((await connected).session, 's1');
});

test('the token is a subprotocol, asked for anew each time, never in the URL; a failing source is asked again', async (t) => {
  const tokens = ['t1', new Error('offline'), 't2'];
  const token = async () => {
    const next = tokens.shift();
    if (next instanceof Error) throw next;
    return next;
  };
  const { gateway, client } = await fixture(t, { token });
  void client.connect();
  const first = await gateway.welcome();
  assert.equal(first.request.headers['sec-websocket-protocol'], 'aldis.v1,aldis.bearer.t1');
  assert.equal(first.request.url, '/v1/connect');
  const down = once(client, 'disconnected');
  gateway.drop(first);
  assert.equal((await down).code, 1006);
  assert.equal((await once(client, 'disconnected')).reason, 'token_failed');
  const second = await gateway.welcome({ resumed: true });
  assert.equal(second.request.headers['sec-websocket-protocol'], 'aldis.v1,aldis.bearer.t2');
});

test('close waits for the gateway, but not for ever', async (t) => {
  const { gateway, client } = await fixture(t, { closeTimeout: 0.2 });
  void client.connect();
  const socket = await gateway.welcome();
  const open = client.signal({ to: 'bob' });
  const closed = once(client, 'closed');
  const done = client.close();
  assert.equal(client.state, 'closing');
  assert.equal((await socket.frames.next()).type, 'signal');
  assert.equal((await socket.frames.next()).type, 'bye');
  await done;
  assert.deepEqual(await closed, { code: 1000, reason: 'bye' });
  await assert.rejects(open, (error) => error instanceof CloseError && error.code === 'closed' && error.closeCode === 1000);
  await assert.rejects(client.signal({ to: 'bob' }), { code: 'closed' });
  assert.equal(client.state, 'closed');
});

test('close while reconnecting ends the attempts; connect starts a new session', async (t) => {
  const { gateway, client } = await fixture(t);
  const connected = client.connect();
  const first = await gateway.welcome();
  await connected;
  gateway.drop(first);
  await once(client, 'disconnected');
  await client.close();
  void client.connect();
  assert.deepEqual((await gateway.welcome()).hello, { type: 'hello', peer: 'alice' });
  assert.equal(gateway.knocks.items.length, 0);
});

test('a connect that is closed meanwhile rejects', async (t) => {
  const { client } = await fixture(t);
  const connected = assert.rejects(client.connect(), { code: 'closed' });
  await client.close();
  await connected;
});

test('a move that is refused leaves the old socket at work, and is tried again', async (t) => {
  const { gateway, client } = await fixture(t, { random: () => 0.1 });
  void client.connect();
  const old = await gateway.welcome();
  gateway.send(old, { type: 'goaway', reason: 'drain', within: 2 });
  gateway.refuse(await gateway.knocks.next(), { status: 503, code: 'overloaded', retry_after: 0.1 });
  const sent = client.signal({ to: 'bob' });
  await acknowledge(gateway, old);
  await sent;
  assert.equal(client.state, 'connected');
  await gateway.welcome({ secret: 'x2', resumed: true });
  assert.equal((await old.ended.next()).code, 1000);
});

test('a close during a move says bye where the session went', async (t) => {
  const { gateway, client } = await fixture(t);
  void client.connect();
  const old = await gateway.welcome();
  gateway.send(old, { type: 'goaway', reason: 'drain', within: 0.2 });
  const moved = gateway.accept(await gateway.knocks.next());
  await moved.frames.next();
  const done = client.close();
  old.ws.close(4008, 'resumed');
  gateway.send(moved, { type: 'welcome', peer: 'alice', n: 3, session: 's1', secret: 'x2', resumed: true, seq: 0 });
  assert.deepEqual(await moved.frames.next(), { type: 'ack', seq: 0 });
  assert.deepEqual(await moved.frames.next(), { type: 'bye' });
  moved.ws.close(1000, 'bye');
  await done;
});

test('a bare 404 and a 502 are no refusals for good', async (t) => {
  const { gateway, client } = await fixture(t, { backoffCap: 0.05 });
  const connected = client.connect();
  for (const status of [404, 502]) {
    const down = once(client, 'disconnected');
    gateway.refuse(await gateway.knocks.next(), { status, code: '' });
    assert.equal((await down).code, status);
  }
  await gateway.welcome();
  await connected;
});

test('without fetch a refusal is a failure like any other', async (t) => {
  const { gateway, client } = await fixture(t, { fetch: false, maxAttempts: 2 });
  const connected = assert.rejects(client.connect(), AldisError);
  gateway.refuse(await gateway.knocks.next(), { status: 403, code: 'forbidden' });
  gateway.refuse(await gateway.knocks.next(), { status: 403, code: 'forbidden' });
  await connected;
});

test('a welcome that does not come is not waited for', async (t) => {
  const { gateway, client } = await fixture(t, { connectTimeout: 0.2 });
  void client.connect();
  const mute = gateway.accept(await gateway.knocks.next());
  assert.equal((await once(client, 'disconnected')).reason, 'timeout');
  await mute.ended.next();
  await gateway.welcome();
});

test('sixteen signals are acked without delay', async (t) => {
  const { gateway, client } = await fixture(t);
  void client.connect();
  const socket = await gateway.welcome();
  for (let seq = 1; seq <= 16; seq++) gateway.send(socket, { type: 'signal', seq, from: 'bob', n: 9, kind: 'x' });
  const began = performance.now();
  assert.deepEqual(await socket.frames.next(), { type: 'ack', seq: 16 });
  assert.ok(performance.now() - began < 400);
});

test('a signal is acked after its listeners have run', async (t) => {
  const { gateway, client } = await fixture(t);
  void client.connect();
  const socket = await gateway.welcome();
  const seen = [];
  client.on('signal', ({ detail }) => seen.push(detail));
  gateway.send(socket, { type: 'signal', seq: 1, from: 'bob', n: 9, polite: false });
  assert.deepEqual(await socket.frames.next(), { type: 'ack', seq: 1 });
  assert.deepEqual(seen, [{ seq: 1, from: 'bob', n: 9, polite: false, kind: 'message' }]);
});

test('bad arguments', async (t) => {
  const { client } = await fixture(t);
  await assert.rejects(client.signal({}), { code: 'bad_argument' });
  await assert.rejects(client.join(''), { code: 'bad_argument' });
  await assert.rejects(client.renew(), { code: 'token_failed' });
  assert.throws(() => new AldisClient('gopher://x', { WebSocket }), { code: 'bad_argument' });
});

test('a closed client keeps no process alive', async (t) => {
  const { gateway } = await fixture(t);
  const script = `
    import WebSocket from 'ws';
    import { AldisClient } from './aldis.js';
    const client = new AldisClient(process.argv[1], { WebSocket });
    await client.connect();
    await client.close();
    console.log('closed');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, gateway.url], { cwd: new URL('..', import.meta.url), stdio: ['ignore', 'pipe', 'inherit'] });
  const printed = new Promise((resolve) => child.stdout.once('data', resolve));
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const socket = await gateway.welcome();
  assert.equal((await socket.frames.next()).type, 'bye');
  socket.ws.close(1000, 'bye');
  await printed;
  const timer = setTimeout(() => child.kill(), 1500);
  assert.equal(await exited, 0);
  clearTimeout(timer);
});
