// Two people open the demo's link, see and write to each other, one of them loses the network for a moment.
// ALDIS_DEMO is the page's address.
import assert from 'node:assert/strict';
import test from 'node:test';
import { launch, open, shows } from './chromium.mjs';
import { proxy } from './proxy.mjs';

const demo = new URL(process.env.ALDIS_DEMO);

/** Frames that the page's remote video has decoded. */
const decoded = (page) =>
  page.evaluate(() => document.querySelector('[data-testid="remote-video"]').getVideoPlaybackQuality().totalVideoFrames);

const presence = (page) =>
  page.$$eval('[data-testid="presence-log"] li', (rows) => rows.map((row) => row.dataset.event));

const say = async (from, to, text) => {
  await from.fill('[data-testid="chat-input"]', text);
  await from.click('[data-testid="chat-send"]');
  await to.waitForFunction(
    (want) => [...document.querySelectorAll('[data-testid="chat-message"]')].some((row) => row.textContent.includes(want)),
    text, { timeout: 30_000 });
};

test('two pages talk over WebRTC, and a cut socket disturbs nobody', { timeout: 180_000 }, async (t) => {
  const failures = [];
  const browser = await launch();
  const shaky = await proxy(demo);
  t.after(async () => {
    await browser.close();
    shaky.close();
  });

  const anna = await open(browser, `http://127.0.0.1:${shaky.port}/`, failures);
  await shows(anna, 'gateway-state', '[data-state="open"]');
  const room = new URL(await anna.getAttribute('[data-testid="room-link"]', 'href'), anna.url()).hash;
  assert.match(room, /^#room=.+/);
  const ben = await open(browser, demo.origin + '/' + room, failures);

  for (const page of [anna, ben]) {
    await shows(page, 'tiles', '[data-peers="1"]');
    await shows(page, 'peer-tile', '[data-channel="open"]');
  }
  await say(anna, ben, 'Hello Ben, over a data channel');
  await say(ben, anna, 'Hello Anna, it works');
  for (const page of [anna, ben]) {
    await page.waitForFunction(() =>
      document.querySelector('[data-testid="remote-video"]').getVideoPlaybackQuality().totalVideoFrames >= 30, null, { timeout: 30_000 });
  }

  const n = await anna.textContent('[data-testid="own-n"]');
  const before = await presence(ben);
  const reconnects = Number(await anna.textContent('[data-testid="figure-reconnects"]'));
  assert.ok(shaky.cut() > 0);
  failures.length = 0; // Chromium's console says that the socket was reset
  await anna.waitForFunction((was) => Number(document.querySelector('[data-testid="figure-reconnects"]').textContent) > was,
    reconnects, { timeout: 30_000 });
  await shows(anna, 'gateway-state', '[data-state="open"]');
  await shows(anna, 'resumed-badge', '[data-resumed="true"]');
  assert.equal(await anna.textContent('[data-testid="own-n"]'), n, 'it is the same incarnation');

  // Signaling goes on: an ICE restart is an offer and an answer over the new socket.
  const answers = await anna.$$eval('[data-testid="signal-log"] li[data-dir="in"][data-kind="answer"]', (rows) => rows.length);
  await anna.click('[data-testid="restart-ice"]');
  await anna.waitForFunction((was) =>
    document.querySelectorAll('[data-testid="signal-log"] li[data-dir="in"][data-kind="answer"]').length > was, answers, { timeout: 30_000 });
  await say(anna, ben, 'Still here after the cut');
  const frames = await decoded(ben);
  await ben.waitForFunction((was) =>
    document.querySelector('[data-testid="remote-video"]').getVideoPlaybackQuality().totalVideoFrames > was + 10, frames, { timeout: 30_000 });
  assert.deepEqual(await presence(ben), before, 'the room saw no leave and no join');
  assert.equal(await ben.getAttribute('[data-testid="tiles"]', 'data-peers'), '1');

  await anna.click('[data-testid="cut-socket"]');
  await anna.waitForFunction((was) => Number(document.querySelector('[data-testid="figure-reconnects"]').textContent) > was + 1,
    reconnects, { timeout: 30_000 });
  await say(ben, anna, 'And after the page cut it itself');
  assert.deepEqual(await presence(ben), before);
  assert.deepEqual(failures, []);
});
