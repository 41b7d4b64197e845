// SPDX-License-Identifier: Apache-2.0

import { newPeerName } from './names.js';

const NAME = 'aldis-demo-name';

/** The key of the session in sessionStorage. */
export const SESSION = 'aldis-demo-session';

/** Milliseconds that a reload may take to let go of its own lock. */
const RELEASE = 500;

/**
 * The name of this tab: the same over reloads, so that they resume the session. A tab that was duplicated starts with a
 * copy of the name and the session; it takes a new name, and forgets the session, because the original still has them.
 * @returns {Promise<string>}
 */
export async function ownName() {
  const kept = load(NAME);
  if (kept && (await hold(kept))) return kept;
  const name = newPeerName();
  save(NAME, name);
  forget(SESSION);
  await hold(name);
  return name;
}

/**
 * Holds the lock of a name for as long as the page lives; false where another tab has it. Without locks (an insecure
 * origin has none) nothing can be known, and the name is taken.
 * @param {string} name
 * @returns {Promise<boolean>}
 */
function hold(name) {
  if (!navigator.locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    const held = () => {
      resolve(true);
      return new Promise(() => {});
    };
    const signal = AbortSignal.timeout(RELEASE);
    navigator.locks.request(`aldis-demo ${name}`, { signal }, held).catch(() => resolve(false));
  });
}

// A browser may refuse storage; then a reload is a new peer.

/** @param {string} key */
function load(key) {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

/**
 * @param {string} key
 * @param {string} value
 */
function save(key, value) {
  try {
    sessionStorage.setItem(key, value);
  } catch { /* see above */ }
}

/** @param {string} key */
function forget(key) {
  try {
    sessionStorage.removeItem(key);
  } catch { /* see above */ }
}
