/** Session is what a client must remember to resume: who it is, the secret, the last signal processed, the ids used. */
export class Session {
    /**
     * @param {object} options
     * @param {string} options.url
     * @param {string} [options.peer]
     * @param {import('./store.js').SessionStore} [options.store]
     */
    constructor({ url, peer, store }: {
        url: string;
        peer?: string | undefined;
        store?: import("./store.js").SessionStore | undefined;
    });
    /** @type {string | undefined} */ peer: string | undefined;
    /** @type {number | undefined} */ n: number | undefined;
    /** @type {string | undefined} */ id: string | undefined;
    seq: number;
    /** The `resume` member of a hello; undefined without a session. */
    get resume(): {
        session: string;
        secret: string | undefined;
        seq: number;
    } | undefined;
    /**
     * Takes a welcome, and stores its secret before it returns: nothing may be sent earlier. True if it resumes this session.
     * @param {import('./options.js').Frame} welcome
     */
    adopt(welcome: import("./options.js").Frame): boolean;
    /** The id that takeId would give: strictly increasing over the client's life, hence within each session. */
    get nextId(): number;
    /** Takes the next id. */
    takeId(): number;
    /**
     * Notes that a signal was processed.
     * @param {number} seq
     */
    processed(seq: number): void;
    /** Forgets an ended session; the peer's name stays. */
    end(): void;
    #private;
}
