/**
 * Asks a source for a token, at most `timeout` seconds; undefined where there is none. Rejects when it fails or is late.
 * @param {import('./options.js').TokenSource | undefined} source
 * @param {number} timeout Seconds.
 * @returns {Promise<string | undefined>}
 */
export function askToken(source: import("./options.js").TokenSource | undefined, timeout: number): Promise<string | undefined>;
