// SPDX-License-Identifier: Apache-2.0

import { byId, duration } from './dom.js';

/** Latencies kept for the percentiles; the oldest go first. */
const SAMPLES = 500;

/** Figures counts what the signaling did and shows it at the head of the page. */
export class Figures {
  #counts = { sent: 0, acked: 0, errors: 0, reconnects: 0 };
  /** Signal to ack, ms. @type {number[]} */ #acks = [];
  /** Offer to answer, ms. @type {number[]} */ #answers = [];
  /** @type {number | undefined} */ #join;
  #due = false;

  /** A frame went out that wants an answer. */
  sent() { this.#count('sent'); }

  failed() { this.#count('errors'); }

  reconnected() { this.#count('reconnects'); }

  /**
   * A frame was answered, not with an error.
   * @param {string} type What it was.
   * @param {number} ms
   */
  answered(type, ms) {
    if (type === 'signal') keep(this.#acks, ms);
    if (type === 'join') this.#join = ms;
    this.#count('acked');
  }

  /**
   * An offer was answered.
   * @param {number} ms
   */
  agreed(ms) {
    keep(this.#answers, ms);
    this.#show();
  }

  /** @param {'sent' | 'acked' | 'errors' | 'reconnects'} name */
  #count(name) {
    this.#counts[name]++;
    this.#show();
  }

  /** Shows all, once for the many frames of one moment. */
  #show() {
    if (this.#due) return;
    this.#due = true;
    setTimeout(() => {
      this.#due = false;
      write('p50', duration(percentile(this.#acks, 0.5)));
      write('p95', duration(percentile(this.#acks, 0.95)));
      write('answer', duration(percentile(this.#answers, 0.5)));
      write('join', duration(this.#join));
      for (const [name, count] of Object.entries(this.#counts)) write(name, String(count));
      byId('figure-errors').dataset.bad = String(this.#counts.errors > 0);
    }, 50);
  }
}

/**
 * @param {number[]} samples
 * @param {number} ms
 */
function keep(samples, ms) {
  samples.push(ms);
  if (samples.length > SAMPLES) samples.shift();
}

/**
 * The nearest-rank percentile; undefined without samples.
 * @param {readonly number[]} samples
 * @param {number} rank From 0 to 1.
 */
export function percentile(samples, rank) {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(rank * sorted.length) - 1)];
}

/**
 * @param {string} name
 * @param {string} text
 */
function write(name, text) {
  byId(`figure-${name}`).textContent = text;
}
