import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rooms } from '../rooms.js';

/** Rooms with what they asked for and told. */
function fixture() {
  const asked = [];
  const told = [];
  const rooms = new Rooms({ ask: (room) => asked.push(room), tell: ({ v }) => told.push(v) });
  const member = (peer, n = 1) => ({ peer, n, polite: true });
  const list = (v, ...peers) => ({ room: 'r', v, peers: peers.map((peer) => member(peer)) });
  const event = (v, kind, peer, n = 1) => rooms.presence({ room: 'r', v, event: kind, peer, n, polite: true });
  const peers = () => [...rooms.views.get('r').peers.keys()].join();
  return { rooms, asked, told, member, list, event, peers };
}

test('events are applied in their order, old ones ignored', () => {
  const { rooms, told, list, event, peers, asked } = fixture();
  rooms.replace(list(7, 'bob'), { force: true });
  event(6, 'leave', 'bob');
  event(7, 'leave', 'bob');
  event(8, 'join', 'carol');
  event(8, 'leave', 'carol');
  event(9, 'leave', 'bob');
  assert.equal(peers(), 'carol');
  assert.deepEqual([told, asked], [[8, 9], []]);
  assert.equal(rooms.views.get('r').v, 9);
});

test('a takeover is a leave of the old and a join of the new, in whatever order', () => {
  const { rooms, list, event } = fixture();
  rooms.replace(list(1, 'bob'), { force: true });
  event(2, 'join', 'bob', 2);
  event(3, 'leave', 'bob', 1);
  assert.equal(rooms.views.get('r').peers.get('bob').n, 2);
});

test('a hole asks for a list once; events wait for it and follow it', () => {
  const { rooms, asked, told, list, event, peers } = fixture();
  rooms.replace(list(1), { force: true });
  event(3, 'join', 'carol');
  event(4, 'join', 'dave');
  assert.deepEqual([asked, told], [['r'], []]);
  rooms.replace(list(3, 'bob', 'carol'), { announce: () => told.push('list') });
  assert.deepEqual(told, ['list', 4]);
  assert.equal(peers(), 'bob,carol,dave');
});

test('a list that does not close the hole is asked for again, three times at most', () => {
  const { rooms, asked, told, list, event } = fixture();
  rooms.replace(list(1), { force: true });
  event(5, 'join', 'carol');
  for (let i = 0; i < 3; i++) rooms.replace(list(2));
  assert.equal(asked.length, 3);
  assert.deepEqual(told, [5]);
});

test('a list that is refused: what waited is told, the next event asks anew', () => {
  const { rooms, asked, told, list, event } = fixture();
  rooms.replace(list(1), { force: true });
  event(3, 'join', 'carol');
  rooms.refused('r');
  assert.deepEqual(told, [3]);
  event(4, 'join', 'dave');
  assert.deepEqual([asked.length, told], [2, [3]]);
});

test('events that overtake the list of a join wait for it', () => {
  const { rooms, told, list, event, peers } = fixture();
  rooms.expect('r');
  event(8, 'leave', 'bob');
  assert.equal(rooms.views.size, 0);
  rooms.replace(list(7, 'bob', 'carol'), { force: true });
  assert.deepEqual([told, peers()], [[8], 'carol']);
});

test('an answer that is older than the view changes nothing, a list unasked for does', () => {
  const { rooms, list, event, peers } = fixture();
  rooms.replace(list(7, 'bob'), { force: true });
  event(8, 'join', 'carol');
  rooms.replace(list(7, 'bob'));
  assert.equal(peers(), 'bob,carol');
  rooms.replace(list(2, 'dave'), { force: true });
  assert.equal(peers(), 'dave');
});

test('lists in parts, events between them, the socket lost between them', () => {
  const { rooms, told, member, list, event, peers } = fixture();
  rooms.replace(list(1), { force: true });
  const part = (more, ...names) => rooms.collect({ type: 'roster', room: 'r', v: 4, peers: names.map((name) => member(name)), more });
  assert.equal(part(true, 'a', 'b'), undefined);
  event(5, 'leave', 'c');
  const whole = part(undefined, 'c', 'd');
  assert.equal(whole.peers.length, 4);
  rooms.replace(whole, { force: true });
  assert.deepEqual([told, peers()], [[5], 'a,b,d']);
  part(true, 'x');
  rooms.resume();
  assert.deepEqual(part(false, 'y').peers.map(({ peer }) => peer), ['y']);
});

test('what waits for a list is bounded, and what was lost of it is noticed', () => {
  const { rooms, asked, list, event } = fixture();
  rooms.expect('r');
  for (let v = 2; v < 2002; v++) event(v, 'join', `p${v}`);
  rooms.replace(list(1), { force: true });
  assert.deepEqual(asked, ['r']);
  rooms.replace(list(2002, 'z'));
  event(2003, 'join', 'y');
  assert.deepEqual(asked, ['r']);
  assert.equal(rooms.views.get('r').peers.size, 2);
});

test('rooms of a lost session: those being left are not joined again', () => {
  const { rooms, list, member } = fixture();
  rooms.replace(list(1), { force: true });
  rooms.replace({ room: 'q', v: 1, peers: [member('bob')] }, { force: true });
  rooms.leaving('r', true);
  assert.deepEqual(rooms.restart().map(({ room }) => room), ['q']);
});
