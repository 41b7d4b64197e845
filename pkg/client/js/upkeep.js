// SPDX-License-Identifier: Apache-2.0

import { CloseError } from './errors.js';

/** Upkeep keeps the rooms joined and their lists whole, by calls that no user made. */
export class Upkeep {
  #pending;
  #rooms;
  #lost;

  /**
   * @param {object} options
   * @param {import('./pending.js').Pending} options.pending
   * @param {import('./rooms.js').Rooms} options.rooms
   * @param {(room: string, code: string) => void} options.lost A room that is no longer joined.
   */
  constructor({ pending, rooms, lost }) {
    this.#pending = pending;
    this.#rooms = rooms;
    this.#lost = lost;
  }

  /**
   * Joins a room again in a new session.
   * @param {string} room
   * @param {unknown} meta
   */
  rejoin(room, meta) {
    if (this.#pending.joinsFirst(room)) return;
    this.#pending.call({ type: 'join', room, meta }, { own: true }).catch((error) => this.#drop(room, error));
  }

  /**
   * Asks for a list because an event is missing.
   * @param {string} room
   */
  refresh(room) {
    this.#pending.call({ type: 'roster', room }, { own: true }).catch((error) => {
      if (error.code === 'not_a_member') this.#drop(room, error);
      else this.#rooms.refused(room);
    });
  }

  /**
   * @param {string} room
   * @param {import('./errors.js').AldisError} error
   */
  #drop(room, error) {
    if (error instanceof CloseError) return;
    this.#rooms.drop(room);
    this.#lost(room, error.code);
  }
}
