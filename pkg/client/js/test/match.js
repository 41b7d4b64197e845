import assert from 'node:assert/strict';

/** Match compares frames with what a transcript says, by the rules of ../../transcripts/README.md. */
export class Match {
  #saved = new Map();

  /** Fails unless actual equals expected as a whole. */
  equal(expected, actual, path = '$') {
    if (typeof expected === 'string' && expected.startsWith('$')) return this.#word(expected, actual, path);
    if (expected === null || typeof expected !== 'object') return assert.equal(actual, expected, path);
    assert.equal(Array.isArray(actual), Array.isArray(expected), `${path}: ${show(actual)}`);
    assert.ok(actual !== null && typeof actual === 'object', `${path}: ${show(actual)} is no object`);
    assert.deepEqual(Object.keys(actual).sort(), Object.keys(expected).sort(), `${path}: members of ${show(actual)}`);
    for (const key of Object.keys(expected)) this.equal(expected[key], actual[key], `${path}.${key}`);
  }

  /** Fails unless actual has the members of expected; an absent one equals false and the empty string. */
  members(expected, actual, path = '$') {
    for (const [key, value] of Object.entries(expected ?? {})) {
      const have = actual?.[key];
      if (have === undefined && (value === false || value === '')) continue;
      this.equal(value, have, `${path}.${key}`);
    }
  }

  /** A copy of what the gateway sends, with saved values put in. */
  fill(value) {
    if (typeof value === 'string' && value.startsWith('$') && this.#saved.has(value.slice(1))) return this.#saved.get(value.slice(1));
    if (Array.isArray(value)) return value.map((item) => this.fill(item));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.fill(item)]));
  }

  #word(word, actual, path) {
    assert.notEqual(actual, undefined, `${path} is missing`);
    if (word === '$any') return;
    if (word === '$number' || word === '$string') return assert.equal(typeof actual, word.slice(1), path);
    if (word.startsWith('$save:')) return void this.#saved.set(word.slice(6), actual);
    assert.ok(this.#saved.has(word.slice(1)), `${path}: ${word} was not saved`);
    assert.deepEqual(actual, this.#saved.get(word.slice(1)), path);
  }
}

const show = (value) => JSON.stringify(value)?.slice(0, 200);
