// SPDX-License-Identifier: Apache-2.0

/** Questions that wait for an answer; the window of the protocol is far smaller. The oldest is forgotten. */
const MAX_WAITING = 512;

/**
 * Entry is one line of the signal log.
 * @typedef {object} Entry
 * @property {Date} at
 * @property {'out' | 'in' | 'socket'} dir
 * @property {string} type
 * @property {string} kind
 * @property {string} peer The other peer, or # and the room.
 * @property {number} [size] Bytes of the frame.
 * @property {number} [ms] Since the frame that this one answers.
 * @property {string} note
 * @property {boolean} bad
 */

/** @typedef {{at: number, type: string, kind: string, peer: string}} Question */
/** @typedef {Record<string, any>} Frame */

const utf8 = new TextEncoder();

/**
 * Meter reads the frames that pass and finds out what answers what, and after how long. Its entries name type, kind
 * and peer; tokens, secrets and payloads stay where they are.
 */
export class Meter {
  /** Frames without answer by id. @type {Map<number, Question>} */ #asked = new Map();
  /** When the last offer went to a peer. @type {Map<string, number>} */ #offers = new Map();
  /** @type {number | undefined} */ #hello;
  /** @type {number | undefined} */ #ping;
  #tell;
  #figures;

  /**
   * @param {import('./figures.js').Figures} figures
   * @param {(entry: Entry) => void} tell
   */
  constructor(figures, tell) {
    this.#figures = figures;
    this.#tell = tell;
  }

  opened() {
    this.#socket('open', '', false);
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  closed(code, reason) {
    this.#socket('close', `${code} ${reason}`.trim(), code !== 1000);
  }

  /** @param {string} text */
  sent(text) {
    const frame = parse(text);
    if (!frame) return;
    const { type, id, kind, to, room, again, resume } = frame;
    const peer = to ?? (room ? `#${room}` : '');
    const now = performance.now();
    let note = again ? 'again' : '';
    if (type === 'hello') {
      this.#hello = now;
      note = resume ? `resume after seq ${resume.seq}` : 'new session';
    } else if (type === 'ping') {
      this.#ping = now;
    } else if (type === 'ack') {
      note = `up to seq ${frame.seq}`;
    }
    if (id !== undefined && !this.#asked.has(id)) {
      // A frame sent again keeps its first time: that is how long the answer took for whoever waits.
      bound(this.#asked).set(id, { at: now, type, kind, peer });
      this.#figures.sent();
    }
    if (kind === 'offer') bound(this.#offers).set(peer, now);
    this.#write({ dir: 'out', type, kind, peer, size: utf8.encode(text).length, note });
  }

  /** @param {string} text */
  received(text) {
    const frame = parse(text);
    if (!frame) return;
    const question = this.#asked.get(frame.id);
    const entry = {
      dir: /** @type {const} */ ('in'), type: frame.type, size: utf8.encode(text).length, note: noteOf(frame),
      kind: frame.kind ?? frame.event ?? question?.kind ?? '',
      peer: frame.from ?? frame.peer ?? question?.peer ?? (frame.room ? `#${frame.room}` : ''),
      ms: this.#elapsed(frame, question),
      bad: frame.type === 'error' || frame.type === 'gap',
    };
    if (frame.type === 'error') this.#figures.failed();
    else if (question && frame.more !== true) this.#figures.answered(question.type, Number(entry.ms));
    if (question && frame.more !== true) this.#asked.delete(frame.id);
    this.#write(entry);
  }

  /**
   * The milliseconds since what a frame answers, undefined where it answers nothing.
   * @param {Frame} frame
   * @param {Question | undefined} question
   */
  #elapsed(frame, question) {
    const now = performance.now();
    const since = (/** @type {number | undefined} */ at) => (at === undefined ? undefined : now - at);
    if (question) return since(question.at);
    if (frame.type === 'welcome') return since(this.#hello);
    if (frame.type === 'pong') return since(this.#ping);
    if (frame.type !== 'signal' || frame.kind !== 'answer') return undefined;
    const ms = since(this.#offers.get(frame.from));
    this.#offers.delete(frame.from);
    if (ms !== undefined) this.#figures.agreed(ms);
    return ms;
  }

  /**
   * @param {string} type
   * @param {string} note
   * @param {boolean} bad
   */
  #socket(type, note, bad) {
    this.#write({ dir: 'socket', type, note, bad });
  }

  /** @param {Partial<Entry> & Pick<Entry, 'dir' | 'type'>} entry */
  #write(entry) {
    this.#tell({ at: new Date(), kind: '', peer: '', note: '', bad: false, ...defined(entry) });
  }
}

/**
 * What is worth a word of a frame from the gateway.
 * @param {Frame} frame
 * @returns {string}
 */
function noteOf(frame) {
  switch (frame.type) {
    case 'welcome': return `${frame.resumed ? 'resumed' : 'new session'}, n ${frame.n}`;
    case 'ack': return [frame.status, frame.receivers === undefined ? '' : `to ${frame.receivers}`].filter(Boolean).join(' ');
    case 'signal': return `seq ${frame.seq}`;
    case 'joined':
    case 'roster': return `${frame.peers?.length ?? 0} listed, v ${frame.v}`;
    case 'presence': return `#${frame.room}, v ${frame.v}`;
    case 'error': return `${frame.code}${frame.message ? `: ${frame.message}` : ''}`;
    case 'goaway': return `${frame.reason}, within ${frame.within} s`;
    case 'receipt': return String(frame.status);
    default: return '';
  }
}

/** @param {string} text @returns {Frame | undefined} */
function parse(text) {
  try {
    const frame = JSON.parse(text);
    return typeof frame?.type === 'string' ? frame : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The map, with room for one more.
 * @template K, V
 * @param {Map<K, V>} map
 */
function bound(map) {
  for (const oldest of map.keys()) {
    if (map.size < MAX_WAITING) break;
    map.delete(oldest);
  }
  return map;
}

/**
 * @template {object} T
 * @param {T} object
 * @returns {T}
 */
function defined(object) {
  return /** @type {T} */ (Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)));
}
