// Four pages of the demo in one room all link to each other. All offer at once, so this is glare at its worst; Chromium itself
// can get stuck there, which the SDK has to prevent.
import assert from 'node:assert/strict';
import test from 'node:test';
import { launch, open, shows } from './chromium.mjs';

const demo = new URL(process.env.ALDIS_DEMO);

test('four pages form a full mesh', { timeout: 180_000 }, async (t) => {
  const failures = [];
  const browser = await launch();
  t.after(() => browser.close());
  const url = `${demo.origin}/#room=mesh-of-four`;
  const pages = await Promise.all([1, 2, 3, 4].map(() => open(browser, url, failures)));
  for (const page of pages) {
    await shows(page, 'tiles', '[data-peers="3"]');
    await page.waitForFunction(() => document.querySelectorAll('[data-testid="peer-tile"][data-channel="open"]').length === 3,
      null, { timeout: 60_000 });
  }
  const roles = await Promise.all(pages.map((page) =>
    page.$$eval('[data-testid="peer-tile"]', (tiles) => tiles.map((tile) => tile.dataset.role))));
  assert.equal(roles.flat().filter((role) => role === 'polite').length, 6, 'one side of each of the six links is polite');
  assert.deepEqual(failures, []);
});
