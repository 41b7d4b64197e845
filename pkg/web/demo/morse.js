// SPDX-License-Identifier: Apache-2.0

/** International Morse code (ITU-R M.1677-1), what a peer's name is made of. @type {Record<string, string>} */
const CODE = {
  a: '.-', b: '-...', c: '-.-.', d: '-..', e: '.', f: '..-.', g: '--.', h: '....', i: '..', j: '.---', k: '-.-', l: '.-..',
  m: '--', n: '-.', o: '---', p: '.--.', q: '--.-', r: '.-.', s: '...', t: '-', u: '..-', v: '...-', w: '.--', x: '-..-',
  y: '-.--', z: '--..', 0: '-----', 1: '.----', 2: '..---', 3: '...--', 4: '....-', 5: '.....', 6: '-....', 7: '--...',
  8: '---..', 9: '----.', '-': '-....-',
};

/**
 * A text as units of light, true for on: a dot is one unit, a dash three, one dark between them, three between letters,
 * seven at the end.
 * @param {string} text
 * @returns {boolean[]}
 */
export function morse(text) {
  const units = [];
  for (const letter of text.toLowerCase()) {
    for (const mark of CODE[letter] ?? '') units.push(...(mark === '.' ? [true] : [true, true, true]), false);
    units.push(false, false);
  }
  units.push(false, false, false, false);
  return units;
}
