// SPDX-License-Identifier: Apache-2.0

/**
 * The demo page. What tests may hold on to:
 *
 * window.aldisDemo = {client, mesh}: the AldisClient, and the RoomMesh of the room in the address. Set before connecting;
 * `mesh` is another one after the room in the address changed.
 *
 * data-testid          what, and its data-* attributes
 * gateway-state        data-state: connecting, open, reconnecting, closed. gateway-detail says more
 * resumed-badge        data-resumed: true or false, of the last welcome; hidden before the first
 * own-peer, own-n      who this is
 * room-link            its href is the link, its text the room. copy-link, share-link
 * cut-socket           drops the WebSocket without a close. restart-ice restarts ICE with all peers
 * figure-*             p50, p95, join, answer; sent, acked, errors, reconnects
 * own-tile             own-video, use-camera
 * peer-tile            data-peer, data-n, data-ice (iceConnectionState), data-channel (readyState), data-role (polite,
 *                      impolite), data-rtt (ms), data-path (host, srflx, prflx, relay); inside: remote-video, tile-ice,
 *                      tile-channel, tile-rtt, tile-setup, tile-role
 * tiles                data-peers: how many peer tiles. alone: what is shown when there are none; second-tab
 * chat-input, -send    chat-log has chat-message: data-from, and data-delivered on our own (peers that got it, by spaces)
 * presence-log         li: data-event (joined, join, leave, update, unlink, roomlost, gap, goaway), data-peer, data-n
 * signal-log           li: data-dir (out, in, socket), data-type, data-kind, data-peer, data-ms, data-bad.
 *                      log-filter, log-pause, log-clear, log-count
 * notice               what went wrong for good; hidden otherwise
 */

import { AldisClient, RoomMesh, sessionStore } from '/sdk/aldis.js';
import { Chat } from './chat.js';
import { byId } from './dom.js';
import { Figures } from './figures.js';
import { flasher, showGateway } from './gateway.js';
import { SESSION, ownName } from './identity.js';
import { Meter } from './meter.js';
import { Picture } from './picture.js';
import { Presence } from './presence.js';
import { roomOfAddress, showRoom, wireLink } from './room.js';
import { SignalLog } from './signallog.js';
import { tap } from './tap.js';
import { Tiles } from './tiles.js';

/** @param {string} text Nothing: all is well again. */
function notice(text = '') {
  const element = byId('notice');
  element.textContent = text;
  element.hidden = text === '';
}

/** @param {unknown} error */
const said = (error) => (error instanceof Error ? error.message || error.name : String(error));

async function start() {
  if (!('RTCPeerConnection' in window)) return notice('This browser has no WebRTC.');
  let room = roomOfAddress();
  showRoom(room);
  wireLink(() => room);
  const name = await ownName();

  const figures = new Figures();
  const log = new SignalLog();
  const flash = flasher();
  const meter = new Meter(figures, (entry) => {
    log.add(entry);
    if (entry.dir !== 'socket') flash();
  });
  const wire = tap(meter);

  const client = new AldisClient(location.origin, { peer: name, store: sessionStore(SESSION), WebSocket: wire.WebSocket });
  showGateway(client, figures);
  const presence = new Presence(client);
  const picture = new Picture(name);
  const chat = new Chat(name);
  const restart = /** @type {HTMLButtonElement} */ (byId('restart-ice'));
  const tiles = new Tiles(picture, name, {
    refused: (error) => notice(`No camera: ${said(error)}`),
    changed: (peers) => { restart.disabled = peers === 0; },
  });

  /** The mesh of the room in the address. */
  const enter = () => {
    const mesh = new RoomMesh(client, room, { setup: (link) => picture.addTo(link.pc) });
    for (const view of [tiles, chat, presence]) view.follow(mesh);
    demo.mesh = mesh;
    mesh.join().then(
      (list) => presence.joined(list, name),
      (error) => { if (demo.mesh === mesh) notice(`The room could not be joined: ${said(error)}`); },
    );
    return mesh;
  };
  const demo = { client, mesh: /** @type {RoomMesh} */ (/** @type {unknown} */ (undefined)) };
  Object.assign(window, { aldisDemo: demo });

  picture.addEventListener('change', () => {
    notice();
    for (const link of demo.mesh.links.values()) void picture.replaceIn(link.pc);
  });
  byId('cut-socket').addEventListener('click', () => wire.cut());
  restart.addEventListener('click', () => { for (const link of demo.mesh.links.values()) link.restart(); });
  addEventListener('hashchange', () => {
    const next = roomOfAddress();
    if (next === room) return;
    room = next;
    showRoom(room);
    notice();
    demo.mesh.leave().catch(() => {}); // the session's end has left it too
    enter();
  });
  // The session stays for the grace, so that a reload resumes it; its peer connections do not outlive the page.
  addEventListener('pagehide', () => { for (const link of [...demo.mesh.links.values()]) link.close(); });
  addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });

  enter();
  await client.connect();
}

start().catch((error) => notice(`The gateway refused: ${said(error)}. Reload to try again.`));
