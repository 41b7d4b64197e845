/**
 * Emitter is an EventTarget whose events are CustomEvents with typed details.
 * @template {object} E Details by event name.
 */
export class Emitter<E extends object> extends EventTarget {
    constructor();
    /**
     * Adds a listener and returns a function that removes it.
     * @template {keyof E & string} K
     * @param {K} type
     * @param {(event: CustomEvent<E[K]>) => void} listener
     * @param {AddEventListenerOptions} [options]
     * @returns {() => void}
     */
    on<K extends keyof E & string>(type: K, listener: (event: CustomEvent<E[K]>) => void, options?: AddEventListenerOptions): () => void;
    /**
     * Dispatches an event.
     * @internal
     * @template {keyof E & string} K
     * @param {K} type
     * @param {E[K]} detail
     */
    emit<K extends keyof E & string>(type: K, detail: E[K]): void;
}
