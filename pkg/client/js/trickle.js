// SPDX-License-Identifier: Apache-2.0

import { AldisError } from './errors.js';

/** What may be sent once more under a new id, how often in a row, and after how many seconds where none are named. */
const AGAIN = new Set(['rate_limited', 'inbox_full', 'queue_full', 'stale']);
const TRIES = 8;
const PAUSE = 1;

/** Messages that wait; a peer connection that gathers more than that is not well. */
const MAX_QUEUE = 512;

/** @typedef {{kind: string, data: unknown, generation: number}} Message */

/**
 * Trickle sends a link's descriptions and candidates: a description is kept by the service before anything that
 * belongs to it follows, candidates do not wait for each other. What was refused for the moment is sent again.
 */
export class Trickle {
  /** @type {Message[]} */ #queue = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  #blocked = false;
  #generation = 0;
  #tries = 0;
  #stopped = false;
  #send;
  #fail;

  /**
   * @param {(kind: string, data: unknown) => Promise<unknown>} send
   * @param {(code: string) => void} fail The peer cannot be reached.
   */
  constructor(send, fail) {
    this.#send = send;
    this.#fail = fail;
  }

  /**
   * Sends a description. What waits of earlier ones is dropped: the description has its candidates.
   * @param {RTCSessionDescription} description
   */
  describe({ type, sdp }) {
    this.#generation++;
    this.#queue = [];
    this.#post({ kind: type, data: { type, sdp }, generation: this.#generation });
  }

  /**
   * Sends a candidate; null: there are no more.
   * @param {RTCIceCandidate | null} candidate
   */
  candidate(candidate) {
    const generation = this.#generation;
    if (!candidate) return this.#post({ kind: 'end-of-candidates', data: { candidate: '' }, generation });
    // The empty one ends a generation; the null that follows says so.
    if (candidate.candidate === '') return;
    const { sdpMid, sdpMLineIndex, usernameFragment } = candidate;
    this.#post({ kind: 'candidate', data: { candidate: candidate.candidate, sdpMid, sdpMLineIndex, usernameFragment }, generation });
  }

  stop() {
    this.#stopped = true;
    this.#queue = [];
    clearTimeout(this.#timer);
  }

  /** @param {Message} message */
  #post(message) {
    if (this.#stopped) return;
    if (this.#queue.length >= MAX_QUEUE) return this.#fail('overflow');
    this.#queue.push(message);
    this.#pump();
  }

  #pump() {
    while (!this.#blocked && this.#timer === undefined && this.#queue.length > 0) {
      const message = /** @type {Message} */ (this.#queue.shift());
      const description = message.kind === 'offer' || message.kind === 'answer';
      if (description) this.#blocked = true;
      const done = (/** @type {unknown} */ error) => {
        if (description) this.#blocked = false;
        this.#sent(message, error);
      };
      this.#send(message.kind, message.data).then(() => done(undefined), done);
    }
  }

  /**
   * @param {Message} message
   * @param {unknown} error
   */
  #sent(message, error) {
    if (this.#stopped) return;
    if (error === undefined) {
      this.#tries = 0;
    } else if (message.generation === this.#generation) {
      const code = error instanceof AldisError ? error.code : 'unknown';
      if (!AGAIN.has(code) || ++this.#tries > TRIES) return this.#fail(code);
      if (message.kind === 'offer' || message.kind === 'answer') this.#queue.unshift(message);
      else this.#queue.push(message);
      const pause = (error instanceof AldisError && error.retryAfter) || PAUSE;
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.#pump();
      }, pause * 1000);
    }
    this.#pump();
  }
}
