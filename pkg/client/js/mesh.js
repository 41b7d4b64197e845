// SPDX-License-Identifier: Apache-2.0

import { Emitter } from './emitter.js';
import { PeerLink } from './negotiation.js';

/**
 * @typedef {object} RoomMeshOptions
 * @property {unknown} [meta] Shown in the room.
 * @property {(RTCDataChannelInit & {label?: string}) | false} [channel] The channel of every link; false: none.
 * @property {RTCConfiguration} [config]
 * @property {typeof RTCPeerConnection} [RTCPeerConnection]
 * @property {(link: PeerLink) => void} [setup] Runs for every new link before it negotiates.
 */

/** @typedef {{link: PeerLink, peer: string, n: number}} Linked */

/**
 * @typedef {object} RoomMeshEvents
 * @property {Linked & {meta?: any}} link
 * @property {Linked & {reason: string}} unlink
 * @property {Linked} open
 * @property {Linked & {data: any}} message
 * @property {Linked & import('./negotiation.js').PeerLinkEvents['track']} track
 * @property {Linked & {state: RTCPeerConnectionState}} state
 */

/**
 * RoomMesh joins a room and keeps one PeerLink to every other member. Both sides of a link create its data channel with
 * `negotiated` and id 0, so that there is exactly one and neither has to be first.
 * @extends {Emitter<RoomMeshEvents>}
 */
export class RoomMesh extends Emitter {
  /** The links by peer. @type {ReadonlyMap<string, PeerLink>} */
  links;
  /** @type {Map<string, PeerLink>} */ #links = new Map();
  /** Links of peers that no list or presence has shown yet. @type {Set<PeerLink>} */ #unseen = new Set();
  /** @type {(() => void)[]} */ #off = [];
  #client;
  #options;

  /**
   * @param {import('./client.js').AldisClient} client
   * @param {string} room
   * @param {RoomMeshOptions} [options]
   */
  constructor(client, room, options = {}) {
    super();
    this.links = this.#links;
    this.room = room;
    this.#client = client;
    this.#options = options;
  }

  /** Joins the room and links up with its members; resolves with the roster. */
  async join() {
    const { room } = this;
    if (this.#off.length === 0) this.#listen();
    try {
      const list = await this.#client.join(room, { meta: this.#options.meta });
      this.#sync();
      return list;
    } catch (error) {
      this.#stop();
      throw error;
    }
  }

  /** Closes all links and leaves the room. */
  async leave() {
    this.#stop();
    await this.#client.leave(this.room);
  }

  /**
   * Sends on every open channel.
   * @param {any} data
   * @returns {number} To how many.
   */
  broadcast(data) {
    const open = [...this.#links.values()].filter((link) => link.channel?.readyState === 'open');
    for (const link of open) link.channel?.send(data);
    return open.length;
  }

  #listen() {
    const client = this.#client;
    const mine = (/** @type {{room?: string}} */ detail) => detail.room === this.room;
    this.#off = [
      client.on('roster', ({ detail }) => { if (mine(detail)) this.#sync(); }),
      client.on('presence', ({ detail }) => { if (mine(detail)) this.#presence(detail); }),
      client.on('signal', ({ detail }) => { if (mine(detail)) this.#signal(detail); }),
      client.on('roomlost', ({ detail }) => { if (mine(detail)) this.#stop(); }),
      client.on('closed', () => this.#stop()),
    ];
  }

  #stop() {
    for (const off of this.#off) off();
    this.#off = [];
    for (const link of [...this.#links.values()]) link.close({ bye: this.#client.state !== 'closed' });
  }

  /** Makes the links those of the room as the client knows it now. */
  #sync() {
    const view = this.#client.rooms.get(this.room);
    if (!view || this.#off.length === 0) return;
    for (const [peer, link] of [...this.#links]) {
      if (!view.peers.has(peer) && !this.#unseen.has(link)) link.close({ bye: false, reason: 'left' });
    }
    for (const member of [...view.peers.values()]) this.#seen(member);
  }

  /** @param {import('./options.js').PresenceEvent} event */
  #presence(event) {
    if (event.event !== 'leave') return this.#seen(event);
    const link = this.#links.get(event.peer);
    if (link?.n === event.n) link.close({ bye: false, reason: 'left' });
  }

  /** @param {{peer: string, n: number, meta?: any, polite?: boolean}} member */
  #seen({ peer, n, meta, polite }) {
    const link = this.#link(peer, n, polite, meta);
    if (!link) return;
    link.meta = meta;
    this.#unseen.delete(link);
  }

  /**
   * An offer may come before the presence of the peer that makes it.
   * @param {import('./options.js').SignalEvent} signal
   */
  #signal(signal) {
    const known = this.#links.get(signal.from);
    if (signal.kind !== 'offer' || (known && Number(known.n) >= signal.n)) return;
    const link = this.#link(signal.from, signal.n, signal.polite);
    if (!link) return;
    this.#unseen.add(link);
    link.receive(signal);
  }

  /**
   * The link to that incarnation, made if there is none; undefined for oneself and for one that was replaced.
   * @param {string} peer
   * @param {number} n
   * @param {boolean} [polite]
   * @param {any} [meta]
   */
  #link(peer, n, polite, meta) {
    const known = this.#links.get(peer);
    if (peer === this.#client.peer || (known && Number(known.n) > n)) return undefined;
    if (known?.n === n) return known;
    known?.supersede(n);
    const { channel, setup, config, RTCPeerConnection } = this.#options;
    const link = new PeerLink(this.#client, {
      peer, n, polite, room: this.room, config, RTCPeerConnection,
      setup: (fresh) => {
        if (channel !== false) fresh.channel = fresh.pc.createDataChannel(channel?.label ?? 'aldis', { ...channel, negotiated: true, id: 0 });
        fresh.meta = meta;
        setup?.(fresh);
      },
    });
    this.#links.set(peer, link);
    this.#relay(link, { link, peer, n });
    this.emit('link', { link, peer, n, meta });
    return link;
  }

  /**
   * @param {PeerLink} link
   * @param {Linked} linked
   */
  #relay(link, linked) {
    link.on('track', ({ detail }) => this.emit('track', { ...linked, ...detail }));
    link.on('state', ({ detail }) => this.emit('state', { ...linked, ...detail }));
    link.on('closed', ({ detail }) => {
      if (this.#links.get(link.peer) === link) this.#links.delete(link.peer);
      this.#unseen.delete(link);
      this.emit('unlink', { ...linked, ...detail });
    });
    link.channel?.addEventListener('open', () => this.emit('open', linked));
    link.channel?.addEventListener('message', ({ data }) => this.emit('message', { ...linked, data }));
  }
}
