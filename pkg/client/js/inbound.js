// SPDX-License-Identifier: Apache-2.0

import { Acks } from './acks.js';
import { frameError, seconds } from './errors.js';

/** @typedef {import('./options.js').Frame} Frame */
/** @typedef {import('./options.js').ClientEvents} ClientEvents */

/**
 * @typedef {object} InboundHooks
 * @property {import('./session.js').Session} session
 * @property {import('./rooms.js').Rooms} rooms
 * @property {import('./pending.js').Pending} pending
 * @property {(text: string) => void} send
 * @property {<K extends keyof ClientEvents>(type: K, detail: ClientEvents[K]) => void} emit
 * @property {(within: number) => void} move Go to another gateway within that many seconds.
 * @property {() => void} renew Renew the token in place.
 * @property {(room: string, meta: unknown) => void} rejoin
 */

/** Inbound is what the gateway's frames do to a client (protocol section 4). */
export class Inbound {
  resumed = false;
  /** @type {RTCIceServer[]} */ iceServers = [];
  /** @type {string[]} */ features = [];
  /** @type {Record<string, number>} */ limits = {};
  #hooks;
  #acks;

  /** @param {InboundHooks} hooks */
  constructor(hooks) {
    this.#hooks = hooks;
    this.#acks = new Acks(hooks.session, hooks.send);
  }

  /**
   * Takes a welcome: the secret is stored, then confirmed by an ack, then what is unanswered goes again.
   * @param {Frame} frame
   */
  welcome(frame) {
    const { session, rooms, pending, rejoin } = this.#hooks;
    const before = session.id;
    this.resumed = session.adopt(frame);
    if (Array.isArray(frame.ice?.servers)) this.iceServers = frame.ice.servers;
    this.features = Array.isArray(frame.features) ? frame.features : [];
    this.limits = frame.limits ?? {};
    this.#acks.flush();
    pending.detach();
    if (this.resumed) {
      rooms.resume();
    } else if (before !== undefined) {
      pending.renew();
      // Each goes before what is queued: the last room first keeps their order.
      for (const view of rooms.restart().reverse()) rejoin(view.room, view.meta);
    }
    pending.attach({ window: frame.window, maxFrame: frame.max_frame });
  }

  /** The socket is gone. */
  detach() {
    this.#acks.stop();
    this.#hooks.pending.detach();
  }

  /**
   * Takes any other frame; unknown types are ignored.
   * @param {Frame} frame
   */
  frame(frame) {
    const { emit, rooms, pending, renew, move } = this.#hooks;
    switch (frame.type) {
      case 'signal': return this.#signal(frame);
      case 'presence': return rooms.presence(/** @type {any} */ (details(frame)));
      case 'joined':
      case 'roster': return this.#list(frame);
      case 'ack': return pending.answered(frame)?.resolve(frame);
      case 'left': return this.#left(frame);
      case 'error': return this.#error(frame);
      case 'receipt': return emit('receipt', /** @type {any} */ (details(frame)));
      case 'ice':
        if (!Array.isArray(frame.servers)) return;
        this.iceServers = frame.servers;
        return emit('ice', /** @type {any} */ (details(frame)));
      case 'goaway':
        emit('goaway', /** @type {any} */ (details(frame)));
        return frame.reason === 'token' ? renew() : move(seconds(frame.within) ?? 0);
      case 'gap': return emit('gap', {});
    }
  }

  /** @param {Frame} frame */
  #signal(frame) {
    const { session, emit } = this.#hooks;
    if (!Number.isSafeInteger(frame.seq) || frame.seq <= session.seq) return;
    emit('signal', /** @type {any} */ ({ kind: 'message', ...details(frame) }));
    // A listener may have ended the session.
    if (session.id === undefined) return;
    session.processed(frame.seq);
    this.#acks.add();
  }

  /** @param {Frame} frame */
  #list(frame) {
    const { rooms, pending, emit } = this.#hooks;
    const list = rooms.collect(frame);
    if (!list) return;
    const call = frame.id === undefined ? undefined : pending.answered(frame);
    if (frame.id !== undefined && !call) return;
    const asked = call !== undefined && !call.own;
    rooms.replace(list, { force: call?.type !== 'roster', announce: asked ? undefined : () => emit('roster', list) });
    call?.resolve(list);
  }

  /** @param {Frame} frame */
  #left(frame) {
    const call = this.#hooks.pending.answered(frame);
    if (call?.room !== undefined) this.#hooks.rooms.drop(call.room);
    call?.resolve(frame);
  }

  /** @param {Frame} frame */
  #error(frame) {
    const { pending, rooms } = this.#hooks;
    const call = pending.answered(frame);
    if (!call) return;
    if (call.room !== undefined && call.type === 'join') rooms.drop(call.room, { unlessJoined: true });
    if (call.room !== undefined && frame.code === 'not_a_member' && call.type !== 'signal') rooms.drop(call.room);
    call.reject(frameError(frame));
  }
}

/**
 * A frame without its type: what an event tells.
 * @param {Frame} frame
 */
function details(frame) {
  const { type, ...rest } = frame;
  void type;
  return rest;
}
