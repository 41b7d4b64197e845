// SPDX-License-Identifier: Apache-2.0

import { connectURL } from './address.js';
import { reasonOf } from './backoff.js';
import { Dialer } from './dialer.js';
import { Emitter } from './emitter.js';
import { AldisError, CloseError } from './errors.js';
import { audience } from './held.js';
import { Inbound } from './inbound.js';
import { dialing } from './options.js';
import { Pending } from './pending.js';
import { Rooms } from './rooms.js';
import { Session } from './session.js';
import { askToken } from './token.js';
import { Upkeep } from './upkeep.js';

/** @typedef {import('./options.js').Connected} Connected */
/** @typedef {import('./options.js').RoomList} RoomList */

/**
 * AldisClient is a peer's attachment to an Aldis service: one session that outlives its sockets.
 * @extends {Emitter<import('./options.js').ClientEvents>}
 */
export class AldisClient extends Emitter {
  /** @type {import('./options.js').ClientState} */ #state = 'idle';
  /** @type {Dialer | undefined} */ #dialer;
  /** @type {Promise<Connected> | undefined} */ #connecting;
  /** @type {{resolve: (connected: Connected) => void, reject: (error: Error) => void} | undefined} */ #first;
  /** @type {Promise<void> | undefined} */ #closed;
  /** @type {CloseError | undefined} */ #ended;
  #dialing;
  #options;
  #session;
  #rooms;
  #pending;
  #inbound;

  /**
   * Makes a client; connect opens it. Throws `bad_argument` where the URL is of no use or there is no WebSocket.
   * @param {string | URL} url
   * @param {import('./options.js').ClientOptions} [options]
   */
  constructor(url, options = {}) {
    super();
    this.#options = options;
    this.#dialing = dialing(connectURL(url, options.app), options);
    if (!this.#dialing.WebSocket) throw new AldisError('bad_argument', 'no global WebSocket: pass one as option WebSocket');
    const send = (/** @type {string} */ text) => this.#dialer?.send(text);
    this.#session = new Session({ url: this.#dialing.url, peer: options.peer, store: options.store });
    this.#rooms = new Rooms({ ask: (room) => upkeep.refresh(room), tell: (event) => this.emit('presence', event) });
    const who = audience(this.#rooms, this.#session);
    this.#pending = new Pending({ maxQueue: options.maxQueue ?? 256, ids: this.#session, audience: who, send });
    const upkeep = new Upkeep({
      pending: this.#pending, rooms: this.#rooms,
      lost: (room, code) => this.emit('roomlost', { room, code }),
    });
    this.#inbound = new Inbound({
      session: this.#session, rooms: this.#rooms, pending: this.#pending, send,
      emit: (type, detail) => this.emit(type, detail),
      move: (within) => this.#dialer?.move(within),
      renew: () => { if (typeof options.token === 'function') this.renew().catch(() => {}); },
      rejoin: (room, meta) => upkeep.rejoin(room, meta),
    });
  }

  get state() { return this.#state; }
  /** The peer held; before the first welcome the option. */
  get peer() { return this.#session.peer; }
  /** The incarnation of the peer. */
  get n() { return this.#session.n; }
  /** The session's id. */
  get session() { return this.#session.id; }
  /** Whether the last welcome resumed the session. */
  get resumed() { return this.#inbound.resumed; }
  /** ICE servers for RTCPeerConnection, the latest known. */
  get iceServers() { return this.#inbound.iceServers; }
  /** Features in force. */
  get features() { return this.#inbound.features; }
  /** Limits as the last welcome told them. */
  get limits() { return this.#inbound.limits; }
  /** The rooms joined. @returns {ReadonlyMap<string, import('./rooms.js').RoomView>} */
  get rooms() { return this.#rooms.views; }

  /**
   * Connects, and stays connected until close or a refusal for good. Resolves at the first welcome; rejects with the
   * code of the refusal.
   * @returns {Promise<Connected>}
   */
  connect() {
    if (this.#connecting) return this.#connecting;
    this.#state = 'connecting';
    this.#dialer = this.#newDialer();
    this.#connecting = new Promise((resolve, reject) => { this.#first = { resolve, reject }; });
    this.#dialer.start();
    return this.#connecting;
  }

  /**
   * Joins a room, or shows another meta there.
   * @param {string} room
   * @param {{meta?: unknown}} [options]
   * @returns {Promise<RoomList>}
   */
  async join(room, { meta } = {}) {
    this.#check(room, 'room');
    this.#rooms.expect(room);
    try {
      const list = await this.#pending.call({ type: 'join', room, meta });
      const view = this.#rooms.views.get(room);
      if (view) view.meta = meta;
      return list;
    } catch (error) {
      this.#rooms.drop(room, { unlessJoined: true });
      throw error;
    }
  }

  /**
   * Leaves a room.
   * @param {string} room
   * @returns {Promise<{room: string}>}
   */
  async leave(room) {
    this.#check(room, 'room');
    this.#rooms.leaving(room, true);
    try {
      await this.#pending.call({ type: 'leave', room });
    } catch (error) {
      this.#rooms.leaving(room, false);
      throw error;
    }
    return { room };
  }

  /**
   * Asks for a room's members.
   * @param {string} room
   * @returns {Promise<RoomList>}
   */
  async roster(room) {
    this.#check(room, 'room');
    return this.#pending.call({ type: 'roster', room });
  }

  /**
   * Sends a signal; resolves when the service keeps it for the receiver.
   * @param {import('./options.js').SignalArgs} args
   * @returns {Promise<import('./options.js').SignalResult>}
   */
  async signal({ to, room, toN, kind, data, receipt }) {
    this.#check(to ?? room, 'to or room');
    const frame = { type: /** @type {const} */ ('signal'), to, room, to_n: toN, kind, receipt: receipt || undefined, data };
    const { id, status, receivers, full } = await this.#pending.call(frame);
    return { id, status, receivers, full };
  }

  /**
   * Renews the token in place; without an argument the `token` option is asked.
   * @param {string} [token]
   */
  async renew(token) {
    const { token: source, connectTimeout } = this.#dialing;
    const fresh = token ?? (await askToken(source, connectTimeout).catch(() => undefined));
    if (fresh === undefined) throw new AldisError('token_failed', 'there is no token to renew with');
    this.#check(fresh, 'token');
    await this.#pending.call({ type: 'renew', token: fresh });
  }

  /** Says bye, which ends the session, and resolves when the socket is closed. Nothing is reconnected. */
  close() {
    if (!this.#dialer) {
      if (this.#state === 'idle') this.#end(1000, 'bye');
      return Promise.resolve();
    }
    this.#closed ??= new Promise((resolve) => this.on('closed', () => resolve(undefined), { once: true }));
    this.#state = 'closing';
    this.#dialer.close();
    return this.#closed;
  }

  #newDialer() {
    return new Dialer(this.#dialing, {
      hello: (resuming) => this.#hello(resuming),
      welcome: (frame) => this.#welcome(frame),
      frame: (frame) => this.#inbound.frame(frame),
      down: (loss) => this.#down(loss),
      closed: ({ code, reason }) => this.#end(code, reason),
    });
  }

  /** @param {() => void} resuming */
  #hello(resuming) {
    const { meta, features } = this.#options;
    const { peer, resume } = this.#session;
    if (resume) resuming();
    return { type: 'hello', peer, meta, features: features?.length ? features : undefined, resume };
  }

  /** @param {import('./options.js').Frame} frame */
  #welcome(frame) {
    if (this.#state !== 'closing') this.#state = 'connected';
    this.#inbound.welcome(frame);
    const connected = { peer: frame.peer, n: frame.n, session: frame.session, resumed: this.resumed };
    this.#first?.resolve(connected);
    this.emit('connected', connected);
  }

  /** @param {{code: number, reason: string, retryIn: number}} loss */
  #down(loss) {
    this.#inbound.detach();
    if (this.#state === 'connected') this.#state = 'reconnecting';
    this.emit('disconnected', loss);
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #end(code, reason) {
    this.#inbound.detach();
    this.#state = 'closed';
    this.#dialer = this.#connecting = this.#closed = undefined;
    this.#session.end();
    this.#rooms.clear();
    const error = this.#ended = new CloseError(code, reason);
    // What refused is told by its name; an own close has refused nothing.
    const name = code === 1000 ? '' : reasonOf(code) || reason;
    this.#first?.reject(name ? new AldisError(name, `refused with ${code}`) : error);
    this.#first = undefined;
    this.#pending.fail(error);
    this.emit('closed', { code, reason });
  }

  /**
   * @param {unknown} value
   * @param {string} name
   */
  #check(value, name) {
    if (typeof value !== 'string' || value === '') throw new AldisError('bad_argument', `${name} is missing`);
    if (this.#state === 'closed' && this.#ended) throw this.#ended;
  }
}
