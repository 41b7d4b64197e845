// SPDX-License-Identifier: Apache-2.0

/**
 * What a client does after a close (protocol section 5): `final` do not reconnect, `now` reconnect and resume at
 * once, `backoff` reconnect and resume after a full-jitter back-off.
 * @typedef {'final' | 'now' | 'backoff'} Verdict
 */

/** The short names of the close codes (protocol section 5), for a close that came without one. @type {Record<number, string>} */
const REASONS = {
  1000: 'bye', 1001: 'going away',
  4000: 'bad_hello', 4001: 'unauthorized', 4002: 'forbidden', 4004: 'replaced', 4005: 'kicked', 4006: 'unknown_app',
  4007: 'protocol_error', 4008: 'resumed',
  4100: 'overloaded', 4101: 'rate_limited', 4102: 'slow_consumer', 4103: 'unavailable', 4104: 'hello_timeout', 4105: 'peer_taken',
  4200: 'draining', 4201: 'rebalance', 4202: 'token_expired', 4203: 'lease_lost', 4204: 'max_age',
};

/**
 * The short name of a close code; empty for an unknown one.
 * @param {number} code
 */
export function reasonOf(code) {
  return REASONS[code] ?? '';
}

/** How often in a row `now` is obeyed without a connection that lasted; then it backs off like the rest. */
const QUICK = 3;

/**
 * The verdict on a WebSocket close code. An unknown code is judged by its range; 1000 without a bye of ours means done.
 * @param {number} code
 * @returns {Verdict}
 */
export function verdict(code) {
  if (code === 1000 || (code >= 4000 && code < 4100)) return 'final';
  if (code >= 4200 && code < 4300) return 'now';
  return 'backoff';
}

/**
 * The verdict on the HTTP status and problem code of a refused handshake (protocol section 2). A bare 404 may be a
 * proxy that is between two gateways, so only `unknown_app` is final.
 * @param {number} status
 * @param {string} code
 * @returns {Verdict}
 */
export function refusalVerdict(status, code) {
  if (status === 400 || status === 401 || status === 403) return 'final';
  return status === 404 && code === 'unknown_app' ? 'final' : 'backoff';
}

/** Backoff gives the waits before reconnects: full jitter under an exponential ceiling. */
export class Backoff {
  #base;
  #cap;
  #random;
  #attempt = 0;
  #quick = 0;

  /**
   * @param {object} options Seconds.
   * @param {number} options.base
   * @param {number} options.cap
   * @param {() => number} options.random
   */
  constructor({ base, cap, random }) {
    this.#base = base;
    this.#cap = cap;
    this.#random = random;
  }

  /**
   * The wait in seconds before the next attempt, never less than the service asked for. Jitter is added to that
   * time, so that those who were sent away together do not come back together.
   * @param {Verdict} judged
   * @param {number} [retryAfter] Seconds.
   */
  next(judged, retryAfter = 0) {
    if (judged === 'now' && this.#quick < QUICK) {
      this.#quick++;
      return retryAfter;
    }
    const ceiling = Math.min(this.#cap, this.#base * 2 ** Math.min(this.#attempt, 32));
    this.#attempt++;
    return retryAfter + this.#random() * ceiling;
  }

  /** Starts over, after a connection that lasted. */
  reset() {
    this.#attempt = 0;
    this.#quick = 0;
  }
}
