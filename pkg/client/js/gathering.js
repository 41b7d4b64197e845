// SPDX-License-Identifier: Apache-2.0

/** Seconds to wait for a first candidate; a machine without a network finds none. */
const PATIENCE = 1;

/**
 * Gathering knows whether a connection has found its first candidate. Chromium, where its first offer is rolled back
 * earlier than that, gathers for ever and finds none, not even after an ICE restart.
 */
export class Gathering {
  #begun = false;
  /** @type {(() => void) | undefined} */ #wake;

  /** A candidate was found, or there is no more need to wait. */
  begin() {
    this.#begun = true;
    this.#wake?.();
  }

  /** Resolves when a candidate was found, after a second at the latest. */
  async begun() {
    if (this.#begun) return;
    await new Promise((resolve) => {
      const timer = setTimeout(() => this.begin(), PATIENCE * 1000);
      this.#wake = () => {
        clearTimeout(timer);
        resolve(undefined);
      };
    });
  }
}
