// SPDX-License-Identifier: Apache-2.0

import { byId, calm } from './dom.js';

/** Why a session ended for good, for those who read it; other reasons are shown as they are. */
const ENDINGS = {
  4001: 'this gateway wants a token, which the demo does not have',
  4002: 'this gateway does not let the demo in',
  4004: 'this name went to another connection',
  4005: 'an administrator ended this session',
  4006: 'this gateway has no app named default',
  4008: 'this session went on in another tab',
  401: 'this gateway wants a token, which the demo does not have',
  403: 'this gateway does not let the demo in',
};

/** Milliseconds between two flashes of the lamp: fewer than three a second (WCAG 2.3.1). */
const FLASH = 400;

/**
 * Shows the state of the attachment to the gateway as it changes.
 * @param {import('/sdk/aldis.js').AldisClient} client
 * @param {import('./figures.js').Figures} figures
 */
export function showGateway(client, figures) {
  let resumes = 0;
  let welcomes = 0;

  byId('own-peer').textContent = client.peer ?? '…';
  client.on('connected', ({ detail: { peer, n, resumed } }) => {
    if (welcomes++ > 0) figures.reconnected();
    if (resumed) resumes++;
    show('open', 'at the gateway', 'on');
    byId('own-peer').textContent = peer;
    byId('own-n').textContent = String(n);
    const badge = byId('resumed-badge');
    badge.hidden = false;
    badge.dataset.resumed = String(resumed);
    badge.textContent = resumed ? `resumed${resumes > 1 ? ` × ${resumes}` : ''}` : 'new session';
  });
  client.on('disconnected', ({ detail: { code, reason, retryIn } }) => {
    const why = [code || '', reason].filter(Boolean).join(' ');
    const state = welcomes > 0 ? 'reconnecting' : 'connecting';
    show(state, `${why}, next try ${retryIn < 0.05 ? 'now' : `in ${retryIn.toFixed(1)} s`}`, 'blink');
  });
  client.on('closed', ({ detail: { code, reason } }) => {
    const why = /** @type {Record<number, string>} */ (ENDINGS)[code] ?? `${code} ${reason}`;
    show('closed', why, 'off');
  });
}

/**
 * @param {'connecting' | 'open' | 'reconnecting' | 'closed'} state
 * @param {string} detail
 * @param {'on' | 'off' | 'blink'} lit
 */
function show(state, detail, lit) {
  const element = byId('gateway-state');
  element.dataset.state = state;
  element.textContent = state;
  byId('gateway-detail').textContent = detail;
  byId('gateway-lamp').dataset.lit = lit;
  byId('brand-lamp').dataset.lit = lit === 'blink' ? 'off' : lit;
  /** @type {HTMLButtonElement} */ (byId('cut-socket')).disabled = state !== 'open';
}

/** A function that lets the brand's lamp flash, not too often and not where motion is unwanted. */
export function flasher() {
  const lamp = byId('brand-lamp');
  let last = 0;
  return () => {
    const now = performance.now();
    if (now - last < FLASH || calm() || document.hidden) return;
    last = now;
    lamp.animate([{ filter: 'brightness(1)' }, { filter: 'brightness(1.45)' }, { filter: 'brightness(1)' }], 180);
  };
}
