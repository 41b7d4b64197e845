// SPDX-License-Identifier: Apache-2.0

import { append, byId, clock, duration, make } from './dom.js';

/** Lines kept; the oldest go first. */
const LINES = 500;

const ARROWS = { out: '↑', in: '↓', socket: '•' };
const WORDS = { out: 'sent', in: 'received', socket: 'socket' };

/** @typedef {import('./meter.js').Entry} Entry */

/** SignalLog shows the frames that pass: the last 500, filtered by any word of a line. */
export class SignalLog {
  #list = byId('signal-log');
  #news = byId('log-news');
  #count = byId('log-count');
  /** @type {HTMLInputElement} */ #filter = byId('log-filter');
  #paused = false;
  /** Lines that came during a pause. @type {HTMLElement[]} */ #waiting = [];
  #shown = 0;

  constructor() {
    this.#filter.addEventListener('input', () => this.#refilter());
    byId('log-clear').addEventListener('click', () => this.#clear());
    const pause = byId('log-pause');
    pause.addEventListener('click', () => {
      this.#paused = !this.#paused;
      pause.setAttribute('aria-pressed', String(this.#paused));
      if (this.#paused) return;
      for (const line of this.#waiting.splice(0)) append(this.#list, line, LINES, { follow: false });
      this.#refilter();
    });
  }

  /** @param {Entry} entry */
  add(entry) {
    const line = lineOf(entry);
    line.hidden = !this.#matches(line);
    if (this.#paused) {
      this.#waiting.push(line);
      if (this.#waiting.length > LINES) this.#waiting.shift();
      return;
    }
    const dropped = this.#list.childElementCount >= LINES ? this.#list.firstElementChild : null;
    if (dropped && !(/** @type {HTMLElement} */ (dropped).hidden)) this.#shown--;
    append(this.#list, line, LINES);
    if (!line.hidden) this.#shown++;
    this.#tally();
    this.#announce(entry);
  }

  /** Says aloud what a reader of the screen would see at a glance. @param {Entry} entry */
  #announce({ type, note, bad }) {
    if (type === 'welcome' || (bad && type !== 'close')) this.#news.textContent = `${type}: ${note}`;
  }

  #clear() {
    this.#list.replaceChildren();
    this.#waiting = [];
    this.#shown = 0;
    this.#tally();
  }

  #refilter() {
    this.#shown = 0;
    for (const line of /** @type {Iterable<HTMLElement>} */ (this.#list.children)) {
      line.hidden = !this.#matches(line);
      if (!line.hidden) this.#shown++;
    }
    this.#list.scrollTop = this.#list.scrollHeight;
    this.#tally();
  }

  /** Whether a line has all words of the filter. @param {HTMLElement} line */
  #matches(line) {
    const words = this.#filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const text = (line.textContent ?? '').toLowerCase();
    return words.every((word) => text.includes(word));
  }

  #tally() {
    const all = this.#list.childElementCount;
    this.#count.textContent = this.#shown === all ? String(all) : `${this.#shown}/${all}`;
  }
}

/** @param {Entry} entry */
function lineOf(entry) {
  const { at, dir, type, kind, peer, size, ms, note, bad } = entry;
  const data = { dir, type, kind, peer, ms: ms === undefined ? '' : ms.toFixed(1), bad: String(bad) };
  const cell = (/** @type {string} */ name, /** @type {string} */ text) => make('span', { className: `log-${name}`, text });
  const arrow = make('span', { className: 'log-dir' },
    make('span', { 'aria-hidden': 'true', text: ARROWS[dir] }), make('span', { className: 'sr-only', text: ` ${WORDS[dir]} ` }));
  // The spaces keep the words apart for the filter, and for who copies or hears the line.
  return make('li', { data }, cell('time', clock(at, { ms: true })), ' ', arrow, ' ', cell('type', type), ' ', cell('kind', kind), ' ',
    cell('size', size === undefined ? '' : `${size} B`), ' ', cell('ms', ms === undefined ? '' : duration(ms)), ' ',
    make('span', { className: 'log-tail' }, cell('peer', peer), ' ', cell('note', note)));
}
