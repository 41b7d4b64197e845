/**
 * The audience by the views of the rooms: none before a room's first list, that of a lost session until the next.
 * @param {import('./rooms.js').Rooms} rooms
 * @param {{peer: string | undefined}} session Whose peer is oneself, whom no signal to a room reaches.
 * @returns {Audience}
 */
export function audience(rooms: import("./rooms.js").Rooms, session: {
    peer: string | undefined;
}): Audience;
/** @typedef {import('./pending.js').Call} Call */
/**
 * Audience is what the client knows of who is where.
 * @typedef {object} Audience
 * @property {(room: string, peer: string) => boolean} hears Whether a signal to the room would reach the peer.
 * @property {(a: string, b: string) => boolean} meet Whether some peer would get both a signal to room a and one to room b.
 */
/**
 * Held is the calls that wait, as far as later ones must wait for them: those that may have a receiver in common, as a
 * receiver gets signals in the order of their ids and what is sent again too late is stale (protocol sections 5 and 6),
 * and those about the same room. Its sets hold each name once, so that what it asks of the audience in one look at all
 * calls is bounded by the rooms they name and not by their number.
 */
export class Held {
    /** @param {Audience} audience */
    constructor(audience: Audience);
    /**
     * Notes a call that waits.
     * @param {Call} call
     */
    add({ type, to, room, id }: Call): void;
    /**
     * Whether a later call must wait for one of those held.
     * @param {Call} call
     */
    blocks({ type, to, room }: Call): boolean;
    #private;
}
export type Call = import("./pending.js").Call;
/**
 * Audience is what the client knows of who is where.
 */
export type Audience = {
    /**
     * Whether a signal to the room would reach the peer.
     */
    hears: (room: string, peer: string) => boolean;
    /**
     * Whether some peer would get both a signal to room a and one to room b.
     */
    meet: (a: string, b: string) => boolean;
};
