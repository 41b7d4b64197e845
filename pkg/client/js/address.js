// SPDX-License-Identifier: Apache-2.0

import { AldisError } from './errors.js';

/**
 * The WebSocket URL of a service: its path ends with `/v1/connect`, its query names the app. It never has a token.
 * @param {string | URL} url `ws:`, `wss:`, `http:` or `https:`.
 * @param {string} [app]
 * @returns {string}
 */
export function connectURL(url, app) {
  let parsed;
  try {
    parsed = new URL(url);
  } catch {
    throw new AldisError('bad_argument', 'the URL does not parse');
  }
  parsed.protocol = parsed.protocol.replace(/^http/, 'ws');
  if (!/^wss?:$/.test(parsed.protocol)) throw new AldisError('bad_argument', 'the URL is neither ws, wss, http nor https');
  if (parsed.username || parsed.password) throw new AldisError('bad_argument', 'the URL has credentials');
  parsed.hash = '';
  if (!parsed.pathname.endsWith('/v1/connect')) parsed.pathname = `${parsed.pathname.replace(/\/+$/, '')}/v1/connect`;
  if (app !== undefined) parsed.searchParams.set('app', app);
  return parsed.href;
}

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
export async function probe({ url, token, fetch, signal }) {
  try {
    const headers = token ? { Authorization: `Bearer ${token}` } : undefined;
    const answer = await fetch(url.replace(/^ws/, 'http'), { headers, signal, credentials: 'omit', cache: 'no-store' });
    if (answer.status === 426 || answer.status < 400) {
      await answer.body?.cancel();
      return null;
    }
    const retryAfter = parseRetryAfter(answer.headers.get('Retry-After'));
    return { status: answer.status, code: await problemCode(answer), retryAfter };
  } catch {
    return null;
  }
}

/**
 * Reads Retry-After (RFC 9110, section 10.2.3), fractions of seconds allowed: seconds, undefined if it has no sense.
 * @param {string | null} value
 * @param {number} [now] Milliseconds since 1970.
 */
export function parseRetryAfter(value, now = Date.now()) {
  if (!value) return undefined;
  const time = /^[0-9.]+$/.test(value) ? Number(value) : (Date.parse(value) - now) / 1000;
  return Number.isFinite(time) ? Math.min(Math.max(time, 0), 86400) : undefined;
}

/**
 * The `code` of a problem+json body (RFC 9457); empty if there is none.
 * @param {Response} answer
 */
async function problemCode(answer) {
  if (!/json/.test(answer.headers.get('Content-Type') ?? '')) {
    await answer.body?.cancel();
    return '';
  }
  const problem = await answer.json();
  return typeof problem?.code === 'string' ? problem.code : '';
}
