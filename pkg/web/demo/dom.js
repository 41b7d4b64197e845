// SPDX-License-Identifier: Apache-2.0

/**
 * The element of that id, which index.html has.
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return /** @type {T} */ (found);
}

/**
 * A new element. `text` is always text, never markup; names with a dash are attributes, all others properties.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown>} [props]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, { text, data = {}, ...props } = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.includes('-') || name === 'role') element.setAttribute(name, String(value));
    else Object.assign(element, { [name]: value });
  }
  Object.assign(element.dataset, data);
  if (text !== undefined) element.textContent = String(text);
  element.append(...children);
  return element;
}

/**
 * Adds a line to a log, drops the oldest beyond `limit`, and stays at the end where the reader was at the end.
 * @param {HTMLElement} list
 * @param {HTMLElement} line
 * @param {number} limit
 * @param {{follow?: boolean}} [options]
 */
export function append(list, line, limit, { follow = atEnd(list) } = {}) {
  list.append(line);
  while (list.childElementCount > limit) list.firstElementChild?.remove();
  if (follow) list.scrollTop = list.scrollHeight;
}

/** @param {HTMLElement} list */
export function atEnd(list) {
  return list.scrollHeight - list.scrollTop - list.clientHeight < 24;
}

/**
 * A time of day as 14:03:07, with milliseconds if wanted.
 * @param {Date} at
 * @param {{ms?: boolean}} [options]
 */
export function clock(at, { ms = false } = {}) {
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return ms ? `${time}.${String(at.getMilliseconds()).padStart(3, '0')}` : time;
}

/**
 * Milliseconds for a reader: 3.2 ms, 148 ms, 2.4 s; a dash for none.
 * @param {number | undefined} ms
 */
export function duration(ms) {
  if (ms === undefined || !Number.isFinite(ms)) return '–';
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** Whether the reader asked for less motion. */
export const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
