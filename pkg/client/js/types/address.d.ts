/**
 * The WebSocket URL of a service: its path ends with `/v1/connect`, its query names the app. It never has a token.
 * @param {string | URL} url `ws:`, `wss:`, `http:` or `https:`.
 * @param {string} [app]
 * @returns {string}
 */
export function connectURL(url: string | URL, app?: string): string;
/**
 * Refusal is the HTTP answer to a handshake: the problem's `code`, and seconds to stay away.
 * @typedef {{status: number, code: string, retryAfter?: number}} Refusal
 */
/**
 * Asks the same URL over HTTP why a handshake failed (protocol section 2). Null when nothing could be learned, which
 * includes 426: admitted as far as that request shows.
 * @param {object} ask
 * @param {string} ask.url A WebSocket URL.
 * @param {string} [ask.token]
 * @param {typeof fetch} ask.fetch
 * @param {AbortSignal} ask.signal
 * @returns {Promise<Refusal | null>}
 */
export function probe({ url, token, fetch, signal }: {
    url: string;
    token?: string | undefined;
    fetch: typeof globalThis.fetch;
    signal: AbortSignal;
}): Promise<Refusal | null>;
/**
 * Reads Retry-After (RFC 9110, section 10.2.3), fractions of seconds allowed: seconds, undefined if it has no sense.
 * @param {string | null} value
 * @param {number} [now] Milliseconds since 1970.
 */
export function parseRetryAfter(value: string | null, now?: number): number | undefined;
/**
 * Refusal is the HTTP answer to a handshake: the problem's `code`, and seconds to stay away.
 */
export type Refusal = {
    status: number;
    code: string;
    retryAfter?: number;
};
