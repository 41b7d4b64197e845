/** Acks tells the gateway which signals were processed, cumulatively. */
export class Acks {
    /**
     * @param {{readonly seq: number}} session
     * @param {(text: string) => void} send
     */
    constructor(session: {
        readonly seq: number;
    }, send: (text: string) => void);
    /** One more signal was processed. */
    add(): void;
    /** Sends the ack now; the first frame after every welcome is one, it confirms the secret. */
    flush(): void;
    /** Drops what is not yet sent: the resume tells it. */
    stop(): void;
    #private;
}
