/** RoomView is what is known of a room: current, but for what is on the wire. */
export class RoomView {
    /** @param {string} room */
    constructor(room: string);
    /** The version of the room (protocol section 4). */
    v: number;
    /** @type {ReadonlyMap<string, Member>} */
    peers: ReadonlyMap<string, Member>;
    /** What is shown of oneself there. @type {unknown} */
    meta: unknown;
    room: string;
    /** The members as an array. */
    list(): {
        room: string;
        v: number;
        peers: import("./options.js").Member[];
    };
}
/**
 * Track is how a room's list and its events come together: events are held while a list is on the way and applied
 * on top of it.
 * @typedef {object} Track
 * @property {RoomView} view
 * @property {boolean} joined Shown in `views`.
 * @property {boolean} awaited No list of this session came yet.
 * @property {boolean} stale An event is missing; a list was asked for.
 * @property {boolean} broken An event is missing and no list could be had: the next event asks again.
 * @property {boolean} spilled More events came than are held.
 * @property {boolean} leaving
 * @property {number} asks
 * @property {PresenceEvent[]} held
 */
/** Rooms keeps the views of all rooms of a session by lists and presence events. */
export class Rooms {
    /**
     * @param {object} hooks
     * @param {(room: string) => void} hooks.ask Wants a fresh list.
     * @param {(event: PresenceEvent) => void} hooks.tell An event that is to be dispatched.
     */
    constructor({ ask, tell }: {
        ask: (room: string) => void;
        tell: (event: PresenceEvent) => void;
    });
    /** The rooms joined. @type {Map<string, RoomView>} */ views: Map<string, RoomView>;
    /**
     * A join is under way: events that overtake its list are kept.
     * @param {string} room
     */
    expect(room: string): void;
    /**
     * Adds one part of a `joined` or `roster`; the whole list when it was the last, else undefined.
     * @param {Frame} frame
     * @returns {RoomList | undefined}
     */
    collect(frame: Frame): RoomList | undefined;
    /**
     * Takes a whole list. `force`: also one that is older than the view (a store that lost writes starts lower).
     * `announce` is called before the events that were held are told.
     * @param {RoomList} list
     * @param {{force?: boolean, announce?: () => void}} [options]
     */
    replace(list: RoomList, { force, announce }?: {
        force?: boolean;
        announce?: () => void;
    }): void;
    /**
     * A list that was asked for did not come.
     * @param {string} room
     */
    refused(room: string): void;
    /**
     * Takes an event: those at or below the version known are ignored, a jump in the version asks for a list.
     * @param {PresenceEvent} event
     */
    presence(event: PresenceEvent): void;
    /**
     * The rooms to join again in a new session; their views stay as they were until the lists come.
     * @returns {RoomView[]}
     */
    restart(): RoomView[];
    /** Forgets everything: the session ended. */
    clear(): void;
    /** Forgets the parts of lists that a socket took with it. */
    resume(): void;
    /**
     * A leave is under way (or, with false, has failed): it says whether a lost session would join again.
     * @param {string} room
     * @param {boolean} leaving
     */
    leaving(room: string, leaving: boolean): void;
    /**
     * Forgets a room, or with `unlessJoined` only one whose join has failed.
     * @param {string} room
     * @param {{unlessJoined?: boolean}} [options]
     */
    drop(room: string, { unlessJoined }?: {
        unlessJoined?: boolean;
    }): void;
    #private;
}
export type Frame = import("./options.js").Frame;
export type Member = import("./options.js").Member;
export type RoomList = import("./options.js").RoomList;
export type PresenceEvent = import("./options.js").PresenceEvent;
/**
 * Track is how a room's list and its events come together: events are held while a list is on the way and applied
 * on top of it.
 */
export type Track = {
    view: RoomView;
    /**
     * Shown in `views`.
     */
    joined: boolean;
    /**
     * No list of this session came yet.
     */
    awaited: boolean;
    /**
     * An event is missing; a list was asked for.
     */
    stale: boolean;
    /**
     * An event is missing and no list could be had: the next event asks again.
     */
    broken: boolean;
    /**
     * More events came than are held.
     */
    spilled: boolean;
    leaving: boolean;
    asks: number;
    held: PresenceEvent[];
};
