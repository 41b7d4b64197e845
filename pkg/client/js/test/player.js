import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { AldisClient } from '../aldis.js';
import { Feed } from './feed.js';
import { Gateway } from './gateway.js';
import { Match } from './match.js';

const EVENTS = ['connected', 'disconnected', 'closed', 'signal', 'presence', 'roster', 'roomlost', 'receipt', 'ice', 'goaway', 'gap'];
const SKIPPED = new Set(['connected', 'disconnected']);

const camel = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const renamed = (object, rename) => Object.fromEntries(Object.entries(object ?? {}).map(([key, value]) => [rename(key), value]));

/** Player plays one transcript with a client of its own. */
export class Player {
  #match = new Match();
  #events = new Feed('event');
  #calls = new Map();
  /** When the step before began to act, or was satisfied; milliseconds. */
  #mark = performance.now();

  static async play(transcript) {
    const player = new Player();
    player.gateway = await Gateway.start();
    player.client = player.#client(transcript.options ?? {});
    try {
      for (const [index, step] of transcript.steps.entries()) {
        try {
          await player.#step(step);
        } catch (error) {
          error.message = `step ${index + 1} ${JSON.stringify(step)}: ${error.message}`;
          throw error;
        }
      }
    } finally {
      const closed = player.client.close();
      await player.gateway.stop();
      await closed;
    }
  }

  #client({ token, ...options }) {
    const given = { ...renamed(options, camel), WebSocket };
    if (Array.isArray(token)) given.token = () => (token.length > 1 ? token.shift() : token[0]);
    else if (token !== undefined) given.token = token;
    const client = new AldisClient(this.gateway.url, given);
    for (const name of EVENTS) client.on(name, ({ detail }) => this.#events.push({ name, detail: renamed(detail, snake) }));
    return client;
  }

  async #step(step) {
    const kind = ['do', 'accept', 'refuse', 'client', 'gateway', 'raw', 'close', 'drop', 'closed', 'silent', 'event', 'result', 'error']
      .find((name) => step[name] !== undefined);
    assert.ok(kind, 'no such step');
    const began = performance.now();
    const waits = new Set(['accept', 'refuse', 'client', 'closed', 'silent', 'event', 'result', 'error']).has(kind);
    const instance = step.on === undefined ? this.gateway.sockets.at(-1) : this.gateway.sockets[step.on - 1];
    await this[`_${kind}`](step, instance);
    this.#mark = waits ? performance.now() : began;
  }

  _do({ do: name, args = {}, as }) {
    const filled = this.#match.fill(args);
    const call = {
      connect: () => this.client.connect(),
      join: () => this.client.join(filled.room, { meta: filled.meta }),
      leave: () => this.client.leave(filled.room),
      roster: () => this.client.roster(filled.room),
      signal: () => this.client.signal(renamed(filled, camel)),
      renew: () => this.client.renew(filled.token),
      close: () => this.client.close(),
    }[name];
    assert.ok(call, `no such call: ${name}`);
    const settled = new Feed(`end of ${as ?? name}`);
    call().then((value) => settled.push({ value }), (error) => settled.push({ error }));
    if (as) this.#calls.set(as, settled);
  }

  async #knock({ not_before: notBefore = 0, within = 5 }) {
    const knock = await this.gateway.knocks.next(within);
    const waited = (knock.at - this.#mark) / 1000;
    // A timer of Node's may fire a millisecond early.
    assert.ok(waited >= notBefore - 0.002, `came after ${waited} s, not before ${notBefore} s`);
    return knock;
  }

  async _accept({ accept }) {
    const knock = await this.#knock(accept);
    const url = new URL(knock.request.url, this.gateway.url);
    const offered = (knock.request.headers['sec-websocket-protocol'] ?? '').split(',').map((item) => item.trim());
    const bearer = offered.find((item) => item.startsWith('aldis.bearer.'))?.slice('aldis.bearer.'.length);
    const token = bearer ?? knock.request.headers.authorization?.replace(/^Bearer /, '');
    if (accept.path !== undefined) assert.equal(url.pathname, accept.path);
    if (accept.query !== undefined) this.#match.equal(accept.query, { app: 'default', ...Object.fromEntries(url.searchParams) });
    if (accept.protocols !== undefined) assert.deepEqual(offered.filter((item) => !item.startsWith('aldis.bearer.')), accept.protocols);
    const socket = this.gateway.accept(knock);
    if (accept.token !== undefined) {
      if (token !== undefined) this.#match.equal(accept.token, token);
      else socket.token = accept.token;
    }
  }

  async _refuse({ refuse }) {
    this.gateway.refuse(await this.#knock(refuse), refuse);
  }

  async _client({ client: expected }, socket) {
    for (;;) {
      const frame = await socket.frames.next();
      // Acks may be coalesced: one that is not asked for, or is overtaken by the one that is, is skipped.
      if (frame.type === 'ack' && (expected.type !== 'ack' || frame.seq < expected.seq)) continue;
      if (frame.type === 'hello' && socket.token !== undefined) {
        this.#match.equal(socket.token, frame.token);
        delete frame.token;
      }
      return this.#match.equal(expected, frame);
    }
  }

  _gateway({ gateway }, socket) {
    this.gateway.send(socket, this.#match.fill(gateway));
  }

  _raw({ raw }, { ws }) {
    ws.send(raw);
  }

  _close({ close, reason }, { ws }) {
    ws.close(close, reason);
  }

  _drop(step, socket) {
    this.gateway.drop(socket);
  }

  async _closed({ closed }, socket) {
    const { code } = await socket.ended.next();
    if (closed !== 0) assert.equal(code, closed);
  }

  async _silent({ silent }) {
    await sleep(silent * 1000);
    assert.equal(this.gateway.knocks.items.length, 0, 'a new socket was asked for');
    for (const { frames } of this.gateway.sockets) {
      assert.deepEqual(frames.items.filter((frame) => frame.type !== 'ack'), [], 'frames came');
    }
  }

  async _event({ event: name, with: members }) {
    let event = await this.#events.next();
    while (event.name !== name && SKIPPED.has(event.name)) event = await this.#events.next();
    assert.equal(event.name, name, JSON.stringify(event));
    this.#match.members(members, event.detail);
  }

  async _result({ result, with: members }) {
    const { value, error } = await this.#calls.get(result).next();
    if (error) throw error;
    this.#match.members(members, value);
  }

  async _error({ error: name, code }) {
    const { value, error } = await this.#calls.get(name).next();
    assert.ok(error, `it returned ${JSON.stringify(value)}`);
    assert.equal(error.code, code, error.message);
  }
}
