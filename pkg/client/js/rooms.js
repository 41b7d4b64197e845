// SPDX-License-Identifier: Apache-2.0

/** @typedef {import('./options.js').Frame} Frame */
/** @typedef {import('./options.js').Member} Member */
/** @typedef {import('./options.js').RoomList} RoomList */
/** @typedef {import('./options.js').PresenceEvent} PresenceEvent */

/** Events kept for a room while its list is on the way, and members kept of a list; more than that costs a fresh list. */
const MAX_EVENTS = 1024;
const MAX_MEMBERS = 65536;

/** How often in a row a list that does not close a gap is asked for again. */
const MAX_ASKS = 3;

/** RoomView is what is known of a room: current, but for what is on the wire. */
export class RoomView {
  /** The version of the room (protocol section 4). */
  v = 0;
  /** @type {ReadonlyMap<string, Member>} */
  peers = new Map();

  /** What is shown of oneself there. @type {unknown} */
  meta = undefined;

  /** @param {string} room */
  constructor(room) {
    this.room = room;
  }

  /** The members as an array. */
  list() {
    return { room: this.room, v: this.v, peers: [...this.peers.values()] };
  }
}

/**
 * Track is how a room's list and its events come together: events are held while a list is on the way and applied
 * on top of it.
 * @typedef {object} Track
 * @property {RoomView} view
 * @property {boolean} joined Shown in `views`.
 * @property {boolean} awaited No list of this session came yet.
 * @property {boolean} stale An event is missing; a list was asked for.
 * @property {boolean} broken An event is missing and no list could be had: the next event asks again.
 * @property {boolean} spilled More events came than are held.
 * @property {boolean} leaving
 * @property {number} asks
 * @property {PresenceEvent[]} held
 */

/** Rooms keeps the views of all rooms of a session by lists and presence events. */
export class Rooms {
  /** The rooms joined. @type {Map<string, RoomView>} */ views = new Map();
  /** @type {Map<string, Track>} */ #tracks = new Map();
  /** Lists of which parts came. @type {Map<string, Member[]>} */ #parts = new Map();
  #ask;
  #tell;

  /**
   * @param {object} hooks
   * @param {(room: string) => void} hooks.ask Wants a fresh list.
   * @param {(event: PresenceEvent) => void} hooks.tell An event that is to be dispatched.
   */
  constructor({ ask, tell }) {
    this.#ask = ask;
    this.#tell = tell;
  }

  /**
   * A join is under way: events that overtake its list are kept.
   * @param {string} room
   */
  expect(room) {
    this.#track(room);
  }

  /**
   * Adds one part of a `joined` or `roster`; the whole list when it was the last, else undefined.
   * @param {Frame} frame
   * @returns {RoomList | undefined}
   */
  collect(frame) {
    if (!Array.isArray(frame.peers) || typeof frame.room !== 'string') return undefined;
    const key = frame.id === undefined ? `r:${frame.room}` : `i:${frame.id}`;
    const peers = this.#parts.get(key) ?? [];
    if (peers.length < MAX_MEMBERS) peers.push(...frame.peers.filter((member) => typeof member?.peer === 'string'));
    if (frame.more === true) {
      this.#parts.set(key, peers);
      return undefined;
    }
    this.#parts.delete(key);
    return { room: frame.room, v: Number(frame.v) || 0, peers };
  }

  /**
   * Takes a whole list. `force`: also one that is older than the view (a store that lost writes starts lower).
   * `announce` is called before the events that were held are told.
   * @param {RoomList} list
   * @param {{force?: boolean, announce?: () => void}} [options]
   */
  replace(list, { force = false, announce } = {}) {
    const track = this.#track(list.room);
    const { view, held } = track;
    if (!force && !track.stale && !track.awaited && list.v < view.v) return;
    Object.assign(track, { joined: true, awaited: false, stale: false, broken: track.spilled, spilled: false, held: [] });
    view.v = list.v;
    view.peers = new Map(list.peers.map((member) => [member.peer, member]));
    this.views.set(list.room, view);
    announce?.();
    for (const event of held) this.#event(track, event);
    if (!track.stale) track.asks = 0;
  }

  /**
   * A list that was asked for did not come.
   * @param {string} room
   */
  refused(room) {
    const track = this.#tracks.get(room);
    if (!track?.stale) return;
    const { held } = track;
    Object.assign(track, { stale: false, held: [] });
    for (const event of held) this.#apply(track, event);
    track.broken = true;
  }

  /**
   * Takes an event: those at or below the version known are ignored, a jump in the version asks for a list.
   * @param {PresenceEvent} event
   */
  presence(event) {
    const track = this.#tracks.get(event.room);
    if (!track || typeof event.v !== 'number') return;
    if (this.#parts.has(`r:${event.room}`)) this.#hold(track, event);
    else this.#event(track, event);
  }

  /**
   * The rooms to join again in a new session; their views stay as they were until the lists come.
   * @returns {RoomView[]}
   */
  restart() {
    this.#parts.clear();
    for (const [room, track] of this.#tracks) {
      Object.assign(track, { awaited: true, stale: false, broken: false, spilled: false, asks: 0, held: [] });
      if (track.leaving) this.drop(room);
    }
    return [...this.views.values()];
  }

  /** Forgets everything: the session ended. */
  clear() {
    this.#tracks.clear();
    this.#parts.clear();
    this.views.clear();
  }

  /** Forgets the parts of lists that a socket took with it. */
  resume() {
    this.#parts.clear();
  }

  /**
   * A leave is under way (or, with false, has failed): it says whether a lost session would join again.
   * @param {string} room
   * @param {boolean} leaving
   */
  leaving(room, leaving) {
    const track = this.#tracks.get(room);
    if (track) track.leaving = leaving;
  }

  /**
   * Forgets a room, or with `unlessJoined` only one whose join has failed.
   * @param {string} room
   * @param {{unlessJoined?: boolean}} [options]
   */
  drop(room, { unlessJoined = false } = {}) {
    if (unlessJoined && this.#tracks.get(room)?.joined) return;
    this.#tracks.delete(room);
    this.views.delete(room);
  }

  /**
   * The track of a room, a new one if there is none.
   * @param {string} room
   */
  #track(room) {
    let track = this.#tracks.get(room);
    if (!track) {
      const state = { joined: false, awaited: true, stale: false, broken: false, spilled: false, leaving: false };
      track = { view: new RoomView(room), ...state, asks: 0, held: [] };
      this.#tracks.set(room, track);
    }
    return track;
  }

  /**
   * @param {Track} track
   * @param {PresenceEvent} event
   */
  #event(track, event) {
    if (track.awaited || track.stale) return this.#hold(track, event);
    if (event.v <= track.view.v) return;
    if ((event.v > track.view.v + 1 || track.broken) && track.asks < MAX_ASKS) {
      Object.assign(track, { stale: true, broken: false, asks: track.asks + 1 });
      this.#hold(track, event);
      return this.#ask(event.room);
    }
    this.#apply(track, event);
  }

  /**
   * @param {Track} track
   * @param {PresenceEvent} event
   */
  #apply({ view }, event) {
    if (event.v <= view.v) return;
    view.v = event.v;
    const peers = /** @type {Map<string, Member>} */ (view.peers);
    const known = peers.get(event.peer);
    if (event.event !== 'leave') {
      peers.set(event.peer, { peer: event.peer, n: event.n, meta: event.meta, polite: event.polite ?? known?.polite ?? false });
    } else if (known?.n === event.n) {
      peers.delete(event.peer);
    }
    this.#tell(event);
  }

  /**
   * @param {Track} track
   * @param {PresenceEvent} event
   */
  #hold(track, event) {
    if (track.held.length < MAX_EVENTS) track.held.push(event);
    else track.spilled = true;
  }
}
