// SPDX-License-Identifier: Apache-2.0

/**
 * Asks a source for a token, at most `timeout` seconds; undefined where there is none. Rejects when it fails or is late.
 * @param {import('./options.js').TokenSource | undefined} source
 * @param {number} timeout Seconds.
 * @returns {Promise<string | undefined>}
 */
export async function askToken(source, timeout) {
  if (typeof source !== 'function') return source;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {Promise<never>} */
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('the token function took too long')), timeout * 1000);
  });
  try {
    return await Promise.race([source(), late]);
  } finally {
    clearTimeout(timer);
  }
}
