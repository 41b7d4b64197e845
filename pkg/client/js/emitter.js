// SPDX-License-Identifier: Apache-2.0

/**
 * Emitter is an EventTarget whose events are CustomEvents with typed details.
 * @template {object} E Details by event name.
 */
export class Emitter extends EventTarget {
  /**
   * Adds a listener and returns a function that removes it.
   * @template {keyof E & string} K
   * @param {K} type
   * @param {(event: CustomEvent<E[K]>) => void} listener
   * @param {AddEventListenerOptions} [options]
   * @returns {() => void}
   */
  on(type, listener, options) {
    const untyped = /** @type {EventListener} */ (listener);
    this.addEventListener(type, untyped, options);
    return () => this.removeEventListener(type, untyped);
  }

  /**
   * Dispatches an event.
   * @internal
   * @template {keyof E & string} K
   * @param {K} type
   * @param {E[K]} detail
   */
  emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
