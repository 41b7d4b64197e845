// SPDX-License-Identifier: Apache-2.0

import { byId, make } from './dom.js';
import { OwnTile, PeerTile } from './tile.js';
import { Picture } from './picture.js';

/** Milliseconds between two looks at the statistics of all links. */
const LOOK = 2000;

/** Tiles shows who is here: oneself, and each peer there is a link to. */
export class Tiles {
  #list = byId('tiles');
  /** @type {Map<import('/sdk/aldis.js').PeerLink, PeerTile>} */ #tiles = new Map();
  #waiting = make('li', { className: 'tile tile-empty', 'data-testid': 'alone' },
    make('p', {}, make('strong', { text: 'Nobody else is here.' })),
    make('p', { className: 'dim', text: 'Send the link to somebody, or be your own second peer.' }));
  #changed;

  /**
   * @param {Picture} picture
   * @param {string} name
   * @param {{refused: (error: unknown) => void, changed: (peers: number) => void}} options
   */
  constructor(picture, name, { refused, changed }) {
    this.#changed = changed;
    const second = make('a', { className: 'button', href: location.href, target: '_blank', rel: 'noopener', text: 'Open a second tab', 'data-testid': 'second-tab' });
    // The room may have changed since.
    second.addEventListener('click', () => { second.href = location.href; });
    this.#waiting.append(second);
    this.#list.append(new OwnTile(picture, name, { cameras: Picture.cameras, refused }).element, this.#waiting);
    setInterval(() => { if (!document.hidden) this.#measure(); }, LOOK);
  }

  /**
   * Follows a mesh: a tile for each of its links.
   * @param {import('/sdk/aldis.js').RoomMesh} mesh
   */
  follow(mesh) {
    mesh.on('link', ({ detail: { link } }) => {
      const tile = new PeerTile(link);
      this.#tiles.set(link, tile);
      this.#list.insertBefore(tile.element, this.#waiting);
      this.#count();
    });
    mesh.on('track', ({ detail: { link, streams, track } }) => this.#tiles.get(link)?.play(streams, track));
    mesh.on('open', ({ detail: { link } }) => void this.#tiles.get(link)?.measure());
    mesh.on('unlink', ({ detail: { link } }) => {
      this.#tiles.get(link)?.remove();
      this.#tiles.delete(link);
      this.#count();
    });
  }

  #count() {
    const peers = this.#tiles.size;
    this.#waiting.hidden = peers > 0;
    this.#list.dataset.peers = String(peers);
    this.#changed(peers);
  }

  #measure() {
    for (const tile of this.#tiles.values()) void tile.measure();
  }
}
