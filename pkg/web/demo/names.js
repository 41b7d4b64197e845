// SPDX-License-Identifier: Apache-2.0

const QUALITIES = [
  'amber', 'brisk', 'calm', 'clear', 'copper', 'coral', 'crisp', 'early', 'gentle', 'golden', 'indigo', 'ivory',
  'jolly', 'keen', 'lucid', 'mellow', 'nimble', 'olive', 'proud', 'quiet', 'rapid', 'silver', 'steady', 'vivid',
];

const ANIMALS = [
  'badger', 'crane', 'dolphin', 'falcon', 'fox', 'gannet', 'heron', 'ibis', 'jackdaw', 'kestrel', 'lynx', 'marten',
  'newt', 'otter', 'petrel', 'puffin', 'raven', 'seal', 'swift', 'tern', 'vole', 'walrus', 'wren', 'yak',
];

/** What a room may be called (protocol section 1). */
const ROOM = /^[A-Za-z0-9_.:@-]{1,128}$/;

/** @param {number} below */
function random(below) {
  return crypto.getRandomValues(new Uint32Array(1))[0] % below;
}

/** @param {readonly string[]} words */
const pick = (words) => words[random(words.length)];

/** A name for a peer, such as amber-fox-3f. */
export const newPeerName = () => `${pick(QUALITIES)}-${pick(ANIMALS)}-${random(256).toString(16).padStart(2, '0')}`;

/** A name for a room, such as quiet-otter-42. */
export const newRoomName = () => `${pick(QUALITIES)}-${pick(ANIMALS)}-${10 + random(90)}`;

/** @param {string} name */
export const isRoomName = (name) => ROOM.test(name);
