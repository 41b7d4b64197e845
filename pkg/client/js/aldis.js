// SPDX-License-Identifier: Apache-2.0

/** The JavaScript SDK of Aldis: the entry that names everything public. */

export { AldisClient } from './client.js';
export { AldisError, CloseError } from './errors.js';
export { PeerLink } from './negotiation.js';
export { RoomMesh } from './mesh.js';
export { sessionStore } from './store.js';

/** @typedef {import('./options.js').ClientOptions} ClientOptions */
/** @typedef {import('./options.js').SignalArgs} SignalArgs */
/** @typedef {import('./options.js').SignalResult} SignalResult */
/** @typedef {import('./options.js').Connected} Connected */
/** @typedef {import('./options.js').ClientEvents} ClientEvents */
/** @typedef {import('./options.js').SignalEvent} SignalEvent */
/** @typedef {import('./options.js').PresenceEvent} PresenceEvent */
/** @typedef {import('./options.js').Member} Member */
/** @typedef {import('./options.js').RoomList} RoomList */
/** @typedef {import('./rooms.js').RoomView} RoomView */
/** @typedef {import('./store.js').SessionStore} SessionStore */
/** @typedef {import('./store.js').SavedSession} SavedSession */
/** @typedef {import('./negotiation.js').PeerLinkOptions} PeerLinkOptions */
/** @typedef {import('./mesh.js').RoomMeshOptions} RoomMeshOptions */
