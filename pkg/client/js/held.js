// SPDX-License-Identifier: Apache-2.0

/** @typedef {import('./pending.js').Call} Call */

/**
 * Audience is what the client knows of who is where.
 * @typedef {object} Audience
 * @property {(room: string, peer: string) => boolean} hears Whether a signal to the room would reach the peer.
 * @property {(a: string, b: string) => boolean} meet Whether some peer would get both a signal to room a and one to room b.
 */

/**
 * Held is the calls that wait, as far as later ones must wait for them: those that may have a receiver in common, as a
 * receiver gets signals in the order of their ids and what is sent again too late is stale (protocol sections 5 and 6),
 * and those about the same room. Its sets hold each name once, so that what it asks of the audience in one look at all
 * calls is bounded by the rooms they name and not by their number.
 */
export class Held {
  /** Of a join, leave or roster. @type {Set<string | undefined>} */ #calls = new Set();
  /** Of a signal to all others there. @type {Set<string>} */ #rooms = new Set();
  /** Of a signal to that peer. @type {Set<string>} */ #peers = new Set();
  /** Of a signal to one member. @type {Set<string>} */ #named = new Set();
  // A signal that went out has its place in the order of receivers that the client cannot know: the members of its
  // room, or the rooms of its receiver, when it was first taken.
  #roomSent = false;
  #peerSent = false;
  #renewal = false;
  #audience;

  /** @param {Audience} audience */
  constructor(audience) {
    this.#audience = audience;
  }

  /**
   * Notes a call that waits.
   * @param {Call} call
   */
  add({ type, to, room, id }) {
    if (type === 'renew') {
      this.#renewal = true;
    } else if (type !== 'signal') {
      this.#calls.add(room);
    } else if (to !== undefined) {
      this.#peers.add(to);
      if (room !== undefined) this.#named.add(room);
      this.#peerSent ||= id !== undefined;
    } else if (room !== undefined) {
      this.#rooms.add(room);
      this.#roomSent ||= id !== undefined;
    }
  }

  /**
   * Whether a later call must wait for one of those held.
   * @param {Call} call
   */
  blocks({ type, to, room }) {
    if (type === 'renew') return this.#renewal;
    if (room !== undefined && (this.#calls.has(room) || this.#rooms.has(room))) return true;
    if (type !== 'signal') return room !== undefined && this.#named.has(room);
    if (to !== undefined) return this.#peers.has(to) || this.#roomSent || this.#anyRoom(to);
    if (room === undefined) return false;
    return this.#peerSent || this.#roomSent || this.#named.has(room) || this.#anyOf(room);
  }

  /**
   * Whether one of the rooms held reaches the peer.
   * @param {string} peer
   */
  #anyRoom(peer) {
    for (const room of this.#rooms) if (this.#audience.hears(room, peer)) return true;
    return false;
  }

  /**
   * Whether a signal to the room would reach one of the peers held, or a member of one of the rooms held.
   * @param {string} room
   */
  #anyOf(room) {
    for (const peer of this.#peers) if (this.#audience.hears(room, peer)) return true;
    for (const other of this.#rooms) if (this.#audience.meet(room, other)) return true;
    return false;
  }
}

/**
 * The audience by the views of the rooms: none before a room's first list, that of a lost session until the next.
 * @param {import('./rooms.js').Rooms} rooms
 * @param {{peer: string | undefined}} session Whose peer is oneself, whom no signal to a room reaches.
 * @returns {Audience}
 */
export function audience(rooms, session) {
  /** @type {Audience['hears']} */
  const hears = (room, peer) => peer !== session.peer && rooms.views.get(room)?.peers.has(peer) === true;
  const size = (/** @type {string} */ room) => rooms.views.get(room)?.peers.size ?? 0;
  /** @type {Audience['meet']} */
  const meet = (a, b) => {
    const [few, many] = size(a) < size(b) ? [a, b] : [b, a];
    for (const peer of rooms.views.get(few)?.peers.keys() ?? []) if (hears(many, peer)) return true;
    return false;
  };
  return { hears, meet };
}
