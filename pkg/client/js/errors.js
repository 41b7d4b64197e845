// SPDX-License-Identifier: Apache-2.0

/** AldisError is why a call failed. `code` is the protocol's (section 5) or one of the SDK's own, listed in README.md. */
export class AldisError extends Error {
  /**
   * @param {string} code
   * @param {string} [message]
   * @param {number} [retryAfter] Seconds.
   */
  constructor(code, message, retryAfter) {
    super(message ? `${code}: ${message}` : code);
    this.name = 'AldisError';
    this.code = code;
    /** Seconds after which a new try may work; undefined where the service gave none. */
    this.retryAfter = retryAfter;
  }
}

/** CloseError ends the calls that were open when the client closed for good. */
export class CloseError extends AldisError {
  /**
   * @param {number} closeCode A WebSocket close code, or the HTTP status of a refused handshake.
   * @param {string} reason The short name.
   */
  constructor(closeCode, reason) {
    super('closed', `${closeCode} ${reason}`.trim());
    this.name = 'CloseError';
    this.closeCode = closeCode;
    this.reason = reason;
  }
}

/**
 * Makes the error of an `error` frame.
 * @param {import('./options.js').Frame} frame
 */
export function frameError(frame) {
  const code = typeof frame.code === 'string' ? frame.code : 'unknown';
  const message = typeof frame.message === 'string' ? frame.message : '';
  return new AldisError(code, message, seconds(frame.retry_after));
}

/**
 * Reads a time in seconds from the wire: undefined unless a finite number above or equal to 0; at most a day, because
 * longer timers overflow.
 * @param {unknown} value
 * @returns {number | undefined}
 */
export function seconds(value) {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) return undefined;
  return Math.min(value, 86400);
}
