// SPDX-License-Identifier: Apache-2.0

import { AldisError, frameError } from './errors.js';
import { Held } from './held.js';

/** No new id may exceed the lowest unanswered one by this much (protocol section 3). */
const SPREAD = 64;

/** Seconds before an `unavailable` frame is sent again where the service gave no time. */
const RETRY = 1;

/** Bytes that `id` and `again` add to a frame at most. */
const ENVELOPE = 40;

/**
 * Call is a frame that wants an answer. `body` is its JSON without id, taken when the call was made.
 * @typedef {object} Call
 * @property {'join' | 'leave' | 'roster' | 'signal' | 'renew'} type
 * @property {string} [to]
 * @property {string} [room]
 * @property {string} body
 * @property {number} [id] Given when it is first sent.
 * @property {boolean} sent It is on the current socket, unanswered.
 * @property {boolean} again It was sent before.
 * @property {boolean} retrying It was answered `unavailable`: what it holds back waits for its final answer.
 * @property {boolean} own It is the SDK's, not the user's.
 * @property {boolean} first It precedes what the user queued: a call of the SDK's own, or one of a lost session.
 * @property {number} notBefore Milliseconds, as Date.now.
 * @property {(frame: any) => void} resolve
 * @property {(error: Error) => void} reject
 */

/**
 * Pending holds the calls that are not answered: those sent, in the order of their ids, and those that wait to be. It
 * keeps the window, sends again what must be, and keeps the order per receiver (protocol sections 3 and 5).
 */
export class Pending {
  /** @type {Map<number, Call>} */ #unanswered = new Map();
  /** @type {Call[]} */ #queue = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  #open = false;
  #window = 32;
  #maxFrame = 65536;
  #maxQueue;
  #ids;
  #audience;
  #send;

  /**
   * @param {object} options
   * @param {number} options.maxQueue
   * @param {{nextId: number, takeId: () => number}} options.ids
   * @param {import('./held.js').Audience} options.audience
   * @param {(text: string) => void} options.send
   */
  constructor({ maxQueue, ids, audience, send }) {
    this.#maxQueue = maxQueue;
    this.#ids = ids;
    this.#audience = audience;
    this.#send = send;
  }

  /**
   * Adds a call and resolves with the frame that answers it. `own` calls are the SDK's: they go first and are not
   * counted against maxQueue, their number being bounded by that of the rooms.
   * @param {{type: Call['type'], to?: string, room?: string} & Record<string, unknown>} frame
   * @param {{own?: boolean}} [options]
   * @returns {Promise<any>}
   */
  call(frame, { own = false } = {}) {
    if (!own && this.#queue.length >= this.#maxQueue) return Promise.reject(new AldisError('queue_full'));
    let body;
    try {
      body = JSON.stringify(frame);
    } catch {
      return Promise.reject(new AldisError('bad_argument', 'data is not JSON'));
    }
    const { type, to, room } = frame;
    return new Promise((resolve, reject) => {
      const call = { type, to, room, body, sent: false, again: false, retrying: false, own, first: own, notBefore: 0, resolve, reject };
      if (own) this.#queue.unshift(call);
      else this.#queue.push(call);
      this.#pump();
    });
  }

  /**
   * Whether a join of the room is about to go before everything that the user queued.
   * @param {string} room
   */
  joinsFirst(room) {
    return this.#queue.some((call) => call.first && call.type === 'join' && call.room === room);
  }

  /**
   * A new socket is open for frames: everything unanswered goes again first, in the old order.
   * @param {{window?: number, maxFrame?: number}} limits
   */
  attach({ window, maxFrame }) {
    if (window !== undefined && window >= 1) this.#window = window;
    if (maxFrame !== undefined && maxFrame > 0) this.#maxFrame = maxFrame;
    for (const call of this.#unanswered.values()) call.sent = false;
    this.#open = true;
    this.#pump();
  }

  /** The socket is gone. */
  detach() {
    this.#open = false;
    clearTimeout(this.#timer);
  }

  /**
   * The session is another: signals sent in the old one fail, as sending them again could double them; what can be
   * repeated without harm is queued anew, before everything else. Call it before attach.
   */
  renew() {
    const old = [...this.#unanswered.values()];
    this.#unanswered.clear();
    const repeat = [];
    for (const call of old) {
      if (call.type === 'signal') call.reject(new AldisError('session_lost'));
      // There is nothing left to leave, and the hello had a fresh token.
      else if (call.type === 'leave' || call.type === 'renew') call.resolve({ room: call.room });
      else repeat.push(Object.assign(call, { id: undefined, sent: false, again: false, retrying: false, first: true, notBefore: 0 }));
    }
    this.#queue.unshift(...repeat);
  }

  /**
   * The call that a frame answers, which is then no longer pending; undefined for an answer to nothing, and for
   * `unavailable`, which answers nothing yet. The caller settles it.
   * @param {import('./options.js').Frame} frame
   * @returns {Call | undefined}
   */
  answered(frame) {
    const call = this.#unanswered.get(frame.id);
    if (!call) return undefined;
    if (frame.type === 'error' && frame.code === 'unavailable') {
      const wait = frameError(frame).retryAfter ?? RETRY;
      Object.assign(call, { sent: false, retrying: true, notBefore: Date.now() + wait * 1000 });
      this.#pump();
      return undefined;
    }
    this.#unanswered.delete(frame.id);
    this.#pump();
    return call;
  }

  /**
   * Ends every call.
   * @param {Error} error
   */
  fail(error) {
    this.detach();
    const all = [...this.#unanswered.values(), ...this.#queue];
    this.#unanswered.clear();
    this.#queue = [];
    for (const call of all) call.reject(error);
  }

  /** Sends what may be sent. */
  #pump() {
    if (!this.#open) return;
    clearTimeout(this.#timer);
    const now = Date.now();
    const held = new Held(this.#audience);
    let wake = Infinity;
    for (const call of this.#unanswered.values()) {
      const early = !call.sent && call.notBefore > now;
      if (early) wake = Math.min(wake, call.notBefore);
      if (!call.sent && !early && !held.blocks(call)) this.#transmit(call);
      if (!call.sent || call.retrying) held.add(call);
    }
    const waiting = this.#queue;
    this.#queue = [];
    while (waiting.length > 0 && this.#vacant()) {
      const call = /** @type {Call} */ (waiting.shift());
      if (held.blocks(call)) {
        held.add(call);
        this.#queue.push(call);
      } else if (bytes(call.body) + ENVELOPE > this.#maxFrame) {
        call.reject(new AldisError('too_large'));
      } else {
        call.id = this.#ids.takeId();
        this.#unanswered.set(call.id, call);
        this.#transmit(call);
      }
    }
    this.#queue.push(...waiting);
    if (wake < Infinity) this.#timer = setTimeout(() => this.#pump(), Math.max(wake - now, 1));
  }

  /** Whether the window has room for a new id. */
  #vacant() {
    if (this.#unanswered.size >= this.#window) return false;
    for (const lowest of this.#unanswered.keys()) return this.#ids.nextId < lowest + SPREAD;
    return true;
  }

  /** @param {Call} call */
  #transmit(call) {
    const head = call.again ? `{"id":${call.id},"again":true,` : `{"id":${call.id},`;
    call.sent = call.again = true;
    this.#send(head + call.body.slice(1));
  }
}

/** @param {string} text */
function bytes(text) {
  return new TextEncoder().encode(text).length;
}
