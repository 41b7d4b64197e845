// SPDX-License-Identifier: Apache-2.0

/** At most so many signals, and so many milliseconds, go by before an ack (the protocol allows 16 and 1 s). */
const EVERY = 16;
const WITHIN = 500;

/** Acks tells the gateway which signals were processed, cumulatively. */
export class Acks {
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  #count = 0;
  #session;
  #send;

  /**
   * @param {{readonly seq: number}} session
   * @param {(text: string) => void} send
   */
  constructor(session, send) {
    this.#session = session;
    this.#send = send;
  }

  /** One more signal was processed. */
  add() {
    this.#count++;
    if (this.#count >= EVERY) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), WITHIN);
  }

  /** Sends the ack now; the first frame after every welcome is one, it confirms the secret. */
  flush() {
    this.stop();
    this.#send(JSON.stringify({ type: 'ack', seq: this.#session.seq }));
  }

  /** Drops what is not yet sent: the resume tells it. */
  stop() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#count = 0;
  }
}
