/**
 * Makes the error of an `error` frame.
 * @param {import('./options.js').Frame} frame
 */
export function frameError(frame: import("./options.js").Frame): AldisError;
/**
 * Reads a time in seconds from the wire: undefined unless a finite number above or equal to 0; at most a day, because
 * longer timers overflow.
 * @param {unknown} value
 * @returns {number | undefined}
 */
export function seconds(value: unknown): number | undefined;
/** AldisError is why a call failed. `code` is the protocol's (section 5) or one of the SDK's own, listed in README.md. */
export class AldisError extends Error {
    /**
     * @param {string} code
     * @param {string} [message]
     * @param {number} [retryAfter] Seconds.
     */
    constructor(code: string, message?: string, retryAfter?: number);
    code: string;
    /** Seconds after which a new try may work; undefined where the service gave none. */
    retryAfter: number | undefined;
}
/** CloseError ends the calls that were open when the client closed for good. */
export class CloseError extends AldisError {
    /**
     * @param {number} closeCode A WebSocket close code, or the HTTP status of a refused handshake.
     * @param {string} reason The short name.
     */
    constructor(closeCode: number, reason: string);
    closeCode: number;
    reason: string;
}
