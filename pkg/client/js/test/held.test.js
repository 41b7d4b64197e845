import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Held, audience } from '../held.js';
import { places } from './places.js';

const members = { r1: ['bob', 'dave'], r2: ['bob'], r3: ['erin'] };
const peer = (to, room) => ({ type: 'signal', to, room });
const room = (name) => ({ type: 'signal', room: name });
const join = { type: 'join', room: 'r1' };
const roster = { type: 'roster', room: 'r1' };
const renew = { type: 'renew' };

/** An earlier call that waits, a later one, whether it must wait too: for one without an id, for one with. */
const cases = {
  'a peer and the same': [peer('bob'), peer('bob'), true, true],
  'a peer and another': [peer('bob'), peer('dave'), false, false],
  'a peer and its room': [peer('bob'), room('r1'), true, true],
  'a peer and a room it is not known in': [peer('bob'), room('r3'), false, true],
  'a peer and a room that is not known': [peer('bob'), room('r9'), false, true],
  'a room and its member': [room('r1'), peer('bob'), true, true],
  'a room and a stranger': [room('r1'), peer('carol'), false, true],
  'a room and the same': [room('r9'), room('r9'), true, true],
  'rooms with a common member': [room('r1'), room('r2'), true, true],
  'rooms without': [room('r2'), room('r3'), false, true],
  'a member and another': [peer('bob', 'r1'), peer('dave', 'r1'), false, false],
  'a member and its room, which is not known': [peer('bob', 'r9'), room('r9'), true, true],
  'a room that is not known and its member': [room('r9'), peer('bob', 'r9'), true, true],
  'a member of one room and another it is in': [peer('bob', 'r9'), room('r2'), true, true],
  'a join and its room': [join, room('r1'), true, true],
  'a join and a member by the room': [join, peer('bob', 'r1'), true, true],
  'a join and a member': [join, peer('bob'), false, false],
  'a join and a roster': [join, roster, true, true],
  'a join and another room with a common member': [join, room('r2'), false, false],
  'a room and a roster': [room('r1'), roster, true, true],
  'a room and a roster of another': [room('r2'), roster, false, false],
  'a member by the room and a roster': [peer('bob', 'r1'), roster, true, true],
  'a member and a roster': [peer('bob'), roster, false, false],
  'a renewal and anything': [renew, room('r1'), false, false],
  'anything and a renewal': [room('r1'), renew, false, false],
  'a renewal and another': [renew, renew, true, true],
};

for (const [name, [earlier, later, ...wanted]] of Object.entries(cases)) {
  test(`held: ${name}`, () => {
    for (const [id, want] of [[undefined, wanted[0]], [1, wanted[1]]]) {
      const held = new Held(places(members));
      assert.equal(held.blocks(later), false, 'blocked by nothing');
      held.add({ ...earlier, id });
      assert.equal(held.blocks(later), want, `id ${id}`);
    }
  });
}

test('rooms meet in a member other than oneself, whichever is larger', () => {
  const view = (...peers) => ({ peers: new Map(peers.map((name) => [name, { peer: name, n: 1, polite: false }])) });
  const views = new Map([['a', view('alice', 'bob')], ['b', view('alice', 'carol', 'dave')], ['c', view('dave')]]);
  const { hears, meet } = audience({ views }, { peer: 'alice' });
  for (const [a, b, want] of [['a', 'b', false], ['b', 'c', true], ['a', 'c', false], ['a', 'unknown', false]]) {
    assert.equal(meet(a, b), want, `${a} ${b}`);
    assert.equal(meet(b, a), want, `${b} ${a}`);
  }
  assert.deepEqual([hears('a', 'alice'), hears('a', 'bob'), hears('unknown', 'bob')], [false, true, false]);
});
