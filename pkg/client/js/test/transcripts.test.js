import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Player } from './player.js';

const folder = new URL('../../transcripts/', import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith('.json')).sort();

test('there are transcripts', () => assert.ok(names.length >= 8, `${names.length} files`));

describe('golden transcripts', { concurrency: 4 }, () => {
  for (const name of names) {
    const transcript = JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
    test(`${name}: ${transcript.name}`, () => Player.play(transcript));
  }
});
