// SPDX-License-Identifier: Apache-2.0

import { append, byId, clock, make } from './dom.js';

/** Lines kept; the oldest go first. */
const LINES = 100;

const WORDS = { join: 'came', leave: 'left', update: 'changed' };

/** Presence tells who comes and goes in the room, and why links end. */
export class Presence {
  #list = byId('presence-log');

  /**
   * Hears the client's presence events.
   * @param {import('/sdk/aldis.js').AldisClient} client
   */
  constructor(client) {
    client.on('presence', ({ detail: { event, peer, n } }) => this.tell(event, `${peer} ${WORDS[event] ?? event}`, { peer, n }));
    client.on('roomlost', ({ detail: { room, code } }) => this.tell('roomlost', `${room} could not be joined again: ${code}`));
    client.on('gap', () => this.tell('gap', 'the service lost writes; links are renewed'));
    client.on('goaway', ({ detail: { reason, within } }) => this.tell('goaway', `gateway: ${reason}, moving within ${within} s`));
  }

  /**
   * Tells the list that a join gave.
   * @param {{room: string, peers: readonly {peer: string}[]}} list
   * @param {string} self
   */
  joined({ room, peers }, self) {
    const others = peers.map(({ peer }) => peer).filter((peer) => peer !== self);
    this.tell('joined', others.length === 0 ? `you are the first in ${room}` : `in ${room}: ${others.join(', ')}`);
  }

  /**
   * Follows a mesh.
   * @param {import('/sdk/aldis.js').RoomMesh} mesh
   */
  follow(mesh) {
    mesh.on('unlink', ({ detail: { peer, n, reason } }) => {
      if (reason !== 'left') this.tell('unlink', `link to ${peer} ended: ${reason}`, { peer, n });
    });
  }

  /**
   * @param {string} event
   * @param {string} text
   * @param {{peer?: string, n?: number}} [about]
   */
  tell(event, text, { peer = '', n } = {}) {
    const at = new Date();
    append(this.#list, make('li', { data: { event, peer, n: String(n ?? '') } },
      make('time', { dateTime: at.toISOString(), text: clock(at) }), ' ', make('span', { text })), LINES);
  }
}
