// SPDX-License-Identifier: Apache-2.0

import { probe } from './address.js';
import { Backoff, refusalVerdict, verdict } from './backoff.js';
import { Connection } from './connection.js';
import { askToken } from './token.js';

/** Seconds after which a connection counts as one that lasted, so that the back-off starts over. */
const LASTED = 5;

/** @typedef {import('./backoff.js').Verdict} Verdict */
/** @typedef {{code: number, reason: string, verdict: Verdict, retryAfter?: number}} Loss */

/**
 * @typedef {object} DialerHandlers
 * @property {(resuming: () => void) => object} hello Makes the hello; calls `resuming` if it resumes.
 * @property {(frame: import('./options.js').Frame) => void} welcome A new current connection has it.
 * @property {(frame: import('./options.js').Frame) => void} frame
 * @property {(loss: {code: number, reason: string, retryIn: number}) => void} down No connection is current.
 * @property {(loss: {code: number, reason: string}) => void} closed For good.
 */

/** @typedef {ReturnType<typeof import('./options.js').dialing>} DialerOptions */

/**
 * Dialer keeps one current connection: it opens the first, replaces one that failed, and moves to another gateway
 * before the old one goes (make before break).
 */
export class Dialer {
  /** @type {Connection | undefined} */ #current;
  /** @type {Connection | undefined} */ #next;
  /** The attempt under way, from asking for the token to the welcome or the end of the probe. @type {AbortController | undefined} */ #attempt;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #retry;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #closing;
  #failures = 0;
  #since = 0;
  #backoff;
  #options;
  #handlers;

  /**
   * @param {DialerOptions} options
   * @param {DialerHandlers} handlers
   */
  constructor(options, handlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.#backoff = new Backoff({ base: options.backoffBase, cap: options.backoffCap, random: options.random });
  }

  /** Opens the first connection. */
  start() {
    void this.#dial();
  }

  /**
   * Sends on the current connection, if there is one.
   * @param {string} text
   */
  send(text) {
    this.#current?.send(text);
  }

  /**
   * Moves to another connection while the current one still works, at a moment in the first half of `within`: the
   * sessions of a gateway that drains do not all move at once, and there is time for a second try.
   * @param {number} within Seconds.
   */
  move(within) {
    if (this.#closing || this.#attempt || this.#retry) return;
    this.#schedule((this.#options.random() * within) / 2);
  }

  /** Says bye and waits for the close, at most closeTimeout; `closed` follows. */
  close() {
    if (this.#closing) return;
    this.#closing = setTimeout(() => this.#finish({ code: 1000, reason: 'bye' }), this.#options.closeTimeout * 1000);
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.send('{"type":"bye"}');
    // A hello on its way may have taken the session along: the bye must be said there then.
    if (!this.#next?.greeted) this.#abandon();
    this.#maybeFinish({ code: 1000, reason: 'bye' });
  }

  async #dial() {
    const attempt = new AbortController();
    this.#attempt = attempt;
    let token;
    try {
      token = await askToken(this.#options.token, this.#options.connectTimeout);
    } catch {
      if (this.#attempt === attempt) this.#failed({ code: 0, reason: 'token_failed', verdict: 'backoff' });
      return;
    }
    if (this.#attempt !== attempt) return;
    const { url, WebSocket, connectTimeout: timeout, heartbeatGrace: grace } = this.#options;
    try {
      const connection = new Connection({ url, token, WebSocket, timeout, grace }, {
        hello: () => this.#handlers.hello(() => { if (this.#current) this.#current.handedOver = true; }),
        welcome: (frame) => this.#welcome(connection, frame),
        frame: this.#handlers.frame,
        end: (ending) => this.#ended(connection, ending, token),
      });
      this.#next = connection;
    } catch {
      // The message of a SyntaxError may quote the token.
      this.#failed({ code: 0, reason: 'bad_argument', verdict: 'final' });
    }
  }

  /**
   * @param {Connection} connection
   * @param {import('./options.js').Frame} frame
   */
  #welcome(connection, frame) {
    const old = this.#current;
    this.#current = connection;
    this.#next = this.#attempt = undefined;
    this.#failures = 0;
    this.#since = Date.now();
    old?.retire();
    this.#handlers.welcome(frame);
    if (this.#closing) this.send('{"type":"bye"}');
  }

  /**
   * @param {Connection} connection
   * @param {import('./connection.js').Ending} ending
   * @param {string | undefined} token
   */
  #ended(connection, ending, token) {
    const loss = { ...ending, verdict: verdict(ending.code) };
    if (connection === this.#current) this.#lost(connection, loss);
    else if (!ending.opened && this.#options.fetch && !this.#closing) void this.#explain(loss, token);
    else this.#failed(loss);
  }

  /**
   * The current connection is gone.
   * @param {Connection} connection
   * @param {Loss} loss
   */
  #lost(connection, loss) {
    this.#current = undefined;
    if (this.#closing) return this.#maybeFinish(loss);
    if (loss.code === 4008 && connection.handedOver) loss.verdict = 'now';
    if (loss.verdict === 'final') return this.#finish(loss);
    if (Date.now() - this.#since >= LASTED * 1000) this.#backoff.reset();
    // A move that is under way, or waits for its second try, goes on as the reconnect.
    const retryIn = this.#attempt || this.#retry ? 0 : this.#schedule(this.#backoff.next(loss.verdict, loss.retryAfter));
    this.#handlers.down({ code: loss.code, reason: loss.reason, retryIn });
  }

  /**
   * An attempt ended without a welcome.
   * @param {Loss} loss
   */
  #failed(loss) {
    this.#next = this.#attempt = undefined;
    if (this.#closing) return this.#maybeFinish({ code: 1000, reason: 'bye' });
    // While the old connection still works a refused move is not the end; when it closes, its code decides.
    if (this.#current) {
      if (loss.verdict !== 'final') this.#schedule(this.#backoff.next(loss.verdict, loss.retryAfter));
      return;
    }
    this.#failures++;
    const { maxAttempts } = this.#options;
    if (loss.verdict === 'final' || (maxAttempts > 0 && this.#failures >= maxAttempts)) return this.#finish(loss);
    const retryIn = this.#schedule(this.#backoff.next(loss.verdict, loss.retryAfter));
    this.#handlers.down({ code: loss.code, reason: loss.reason, retryIn });
  }

  /**
   * Asks over HTTP why the handshake failed, then goes on.
   * @param {Loss} loss
   * @param {string | undefined} token
   */
  async #explain(loss, token) {
    const { url, fetch, connectTimeout } = this.#options;
    const attempt = this.#attempt;
    this.#next = undefined;
    if (!attempt || !fetch) return;
    const timer = setTimeout(() => attempt.abort(), connectTimeout * 1000);
    const refusal = await probe({ url, token, fetch, signal: attempt.signal });
    clearTimeout(timer);
    if (this.#attempt !== attempt) return;
    if (refusal) {
      const { status, code, retryAfter } = refusal;
      loss = { code: status, reason: code, retryAfter, verdict: refusalVerdict(status, code) };
    }
    this.#failed(loss);
  }

  /**
   * @param {number} wait Seconds.
   * @returns {number} The same.
   */
  #schedule(wait) {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      void this.#dial();
    }, wait * 1000);
    return wait;
  }

  #abandon() {
    this.#attempt?.abort();
    this.#next?.retire();
    this.#next = this.#attempt = undefined;
  }

  /** @param {{code: number, reason: string}} loss */
  #maybeFinish(loss) {
    if (!this.#current && !this.#next) this.#finish({ code: loss.code, reason: loss.reason || 'bye' });
  }

  /** @param {{code: number, reason: string}} loss */
  #finish({ code, reason }) {
    clearTimeout(this.#retry);
    clearTimeout(this.#closing);
    this.#retry = undefined;
    this.#abandon();
    this.#current?.retire();
    this.#current = undefined;
    this.#handlers.closed({ code, reason });
  }
}
