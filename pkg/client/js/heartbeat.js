// SPDX-License-Identifier: Apache-2.0

/**
 * Heartbeat watches that frames keep coming: after `interval` seconds without one it asks for a ping, after `grace` more
 * it calls the connection dead (protocol section 4).
 */
export class Heartbeat {
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  #interval;
  #grace;
  #ping;
  #dead;

  /**
   * @param {object} options
   * @param {number} options.interval Seconds.
   * @param {number} options.grace Seconds.
   * @param {() => void} options.ping
   * @param {() => void} options.dead
   */
  constructor({ interval, grace, ping, dead }) {
    this.#interval = interval;
    this.#grace = grace;
    this.#ping = ping;
    this.#dead = dead;
    this.touch();
  }

  /** A frame came. */
  touch() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = setTimeout(this.#dead, this.#grace * 1000);
      this.#ping();
    }, this.#interval * 1000);
  }

  stop() {
    clearTimeout(this.#timer);
  }
}
