// SPDX-License-Identifier: Apache-2.0

import { byId } from './dom.js';
import { isRoomName, newRoomName } from './names.js';

/** The room in the address, #room=quiet-otter-42; without a valid one a new room is put there. */
export function roomOfAddress() {
  const asked = new URLSearchParams(location.hash.slice(1)).get('room') ?? '';
  if (isRoomName(asked)) return asked;
  const room = newRoomName();
  history.replaceState(null, '', `#room=${room}`);
  return room;
}

/** @param {string} room */
const linkTo = (room) => `${location.origin}${location.pathname}#room=${encodeURIComponent(room)}`;

/**
 * Shows the room and its link.
 * @param {string} room
 */
export function showRoom(room) {
  const link = byId('room-link');
  link.textContent = room;
  link.setAttribute('href', linkTo(room));
  document.title = `${room} · Aldis demo`;
}

/**
 * Wires the buttons that hand the link on.
 * @param {() => string} room The room of now.
 */
export function wireLink(room) {
  const copy = byId('copy-link');
  copy.addEventListener('click', async () => say(copy, (await copyText(linkTo(room()))) ? 'Copied' : 'Press Ctrl+C'));
  const share = byId('share-link');
  share.hidden = typeof navigator.share !== 'function';
  share.addEventListener('click', () => {
    // Refused where the reader closes the sheet.
    navigator.share({ title: `Aldis room ${room()}`, url: linkTo(room()) }).catch(() => {});
  });
}

/**
 * Says what a button has done, on the button, at its width.
 * @param {HTMLElement} button
 * @param {string} text
 */
function say(button, text) {
  const label = button.dataset.label ?? button.textContent ?? '';
  button.dataset.label = label;
  button.style.minWidth = `${button.offsetWidth}px`;
  button.textContent = text;
  clearTimeout(Number(button.dataset.timer));
  button.dataset.timer = String(setTimeout(() => { button.textContent = label; }, 1600));
}

/**
 * Copies; where the clipboard is denied (insecure origins have none) through a selection, as of old.
 * @param {string} text
 */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement('textarea');
    field.value = text;
    field.className = 'sr-only';
    document.body.append(field);
    field.select();
    const done = document.execCommand('copy');
    field.remove();
    return done;
  }
}
