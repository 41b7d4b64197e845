// SPDX-License-Identifier: Apache-2.0

import { duration, make } from './dom.js';
import { selectedPath } from './path.js';

/** A video that shows at once, without a gesture: muted, inline. @param {string} label @param {string} testid */
function video(label, testid) {
  const element = make('video', { muted: true, autoplay: true, playsInline: true, 'aria-label': label, 'data-testid': testid });
  element.disablePictureInPicture = true;
  return element;
}

/** @param {string} term @param {string} name */
function fact(term, name) {
  const value = make('dd', { 'data-testid': `tile-${name}`, text: '–' });
  return { value, row: make('div', { className: `fact fact-${name}` }, make('dt', { text: term }), value) };
}

/** OwnTile is what this page sends. */
export class OwnTile {
  /**
   * @param {import('./picture.js').Picture} picture
   * @param {string} name
   * @param {{cameras: boolean, refused: (error: unknown) => void}} options
   */
  constructor(picture, name, { cameras, refused }) {
    const screen = video('Your own picture', 'own-video');
    const button = make('button', { type: 'button', className: 'tile-button', 'data-testid': 'use-camera', disabled: !cameras });
    if (!cameras) button.title = 'Browsers give the camera to https and localhost only';
    const show = () => {
      screen.srcObject = picture.stream;
      button.textContent = picture.camera ? 'Stop camera' : 'Use camera';
    };
    button.addEventListener('click', () => {
      if (picture.camera) return picture.useLamp();
      button.disabled = true;
      picture.useCamera().catch(refused).finally(() => { button.disabled = false; });
    });
    picture.addEventListener('change', show);
    show();
    this.element = make('li', { className: 'tile', 'data-testid': 'own-tile', data: { peer: name } },
      make('div', { className: 'screen' }, screen),
      make('div', { className: 'tile-head' }, make('strong', { text: name }), make('span', { className: 'badge', text: 'you' })),
      make('div', { className: 'tile-foot' }, button));
  }
}

/** PeerTile is one link: its video and how it fares. */
export class PeerTile {
  #link;
  #lamp = make('span', { className: 'lamp', 'aria-hidden': 'true', data: { lit: 'blink' } });
  #screen;
  #ice = fact('ICE', 'ice');
  #channel = fact('channel', 'channel');
  #rtt = fact('round trip', 'rtt');
  #setup = fact('set up in', 'setup');
  #began = performance.now();
  #done = new AbortController();

  /** @param {import('/sdk/aldis.js').PeerLink} link */
  constructor(link) {
    this.#link = link;
    const { peer, n, polite, pc, channel } = link;
    this.#screen = video(`Video of ${peer}`, 'remote-video');
    const role = polite ? 'polite' : 'impolite';
    const meaning = polite ? 'You give way when offers cross' : 'Your offer wins when offers cross';
    this.element = make('li', { className: 'tile', 'data-testid': 'peer-tile', data: { peer, n: String(n ?? ''), role } },
      make('div', { className: 'screen' }, this.#screen),
      make('div', { className: 'tile-head' }, this.#lamp, make('strong', { text: peer }),
        make('span', { className: 'badge', 'data-testid': 'tile-role', title: meaning, text: `you: ${role}` })),
      make('dl', { className: 'tile-foot' }, this.#ice.row, this.#channel.row, this.#rtt.row, this.#setup.row));
    const { signal } = this.#done;
    pc.addEventListener('iceconnectionstatechange', () => this.#show(), { signal });
    for (const type of ['open', 'closing', 'close']) channel?.addEventListener(type, () => this.#show(), { signal });
    this.#show();
  }

  get link() { return this.#link; }

  /** @param {readonly MediaStream[]} streams @param {MediaStreamTrack} track */
  play(streams, track) {
    this.#screen.srcObject = streams[0] ?? new MediaStream([track]);
  }

  /** Asks how long the way is, and shows it. */
  async measure() {
    const path = await selectedPath(this.#link.pc);
    if (this.#done.signal.aborted) return;
    this.#rtt.value.textContent = path ? duration(path.ms) : '–';
    this.#rtt.value.title = path ? `${path.kind} candidates` : '';
    this.element.dataset.path = path?.kind ?? '';
    this.element.dataset.rtt = path?.ms?.toFixed(2) ?? '';
  }

  remove() {
    this.#done.abort();
    this.#screen.srcObject = null;
    this.element.remove();
  }

  #show() {
    const ice = this.#link.pc.iceConnectionState;
    const channel = this.#link.channel?.readyState ?? 'none';
    const good = ice === 'connected' || ice === 'completed';
    this.#ice.value.textContent = ice;
    this.#channel.value.textContent = channel;
    Object.assign(this.element.dataset, { ice, channel });
    this.#lamp.dataset.lit = good ? 'on' : ice === 'failed' || ice === 'closed' ? 'off' : 'blink';
    if (channel === 'open' && this.#setup.value.textContent === '–') {
      this.#setup.value.textContent = duration(performance.now() - this.#began);
    }
  }
}
