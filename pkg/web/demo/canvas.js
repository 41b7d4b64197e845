// SPDX-License-Identifier: Apache-2.0

import { calm, clock } from './dom.js';
import { morse } from './morse.js';

const WIDTH = 512;
const HEIGHT = 288;
const FPS = 12;

/** Milliseconds of one unit of Morse code: at most two flashes a second (WCAG 2.3.1 allows three). */
const UNIT = 250;

/**
 * A video without a camera: a signal lamp at sea that sends the name in Morse code, and a clock. Where less motion is
 * wanted the lamp stays lit, the sea stands, and one picture a second shows the time.
 * @param {string} name
 * @returns {MediaStream}
 */
export function lampAtSea(name) {
  const canvas = document.createElement('canvas');
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { alpha: false }));
  const units = morse(name);
  // A timer, not animation frames: a page in the background gets none, and its peers would see a frozen picture.
  let wait = 0;
  const frame = () => {
    const quiet = calm();
    const time = Date.now();
    draw(pen, { name, lit: quiet || (units[Math.floor(time / UNIT) % units.length] ?? false), swell: quiet ? 0 : time / 1000 });
    const next = quiet ? 1000 : 1000 / FPS;
    if (next !== wait) {
      clearInterval(timer);
      wait = next;
      timer = setInterval(frame, wait);
    }
  };
  let timer = setInterval(frame, 1000 / FPS);
  frame();
  return canvas.captureStream(FPS);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {{name: string, lit: boolean, swell: number}} scene
 */
function draw(pen, { name, lit, swell }) {
  const horizon = HEIGHT * 0.62;
  const sky = pen.createLinearGradient(0, 0, 0, horizon);
  sky.addColorStop(0, '#0a1420');
  sky.addColorStop(1, lit ? '#33312c' : '#1b2a38');
  pen.fillStyle = sky;
  pen.fillRect(0, 0, WIDTH, horizon);
  pen.fillStyle = '#0c1822';
  pen.fillRect(0, horizon, WIDTH, HEIGHT - horizon);
  drawSea(pen, { horizon, lit, swell });
  drawLamp(pen, { x: WIDTH / 2, y: horizon - 52, lit });
  pen.fillStyle = '#eef3f7';
  pen.textAlign = 'center';
  pen.font = '600 28px system-ui, sans-serif';
  pen.fillText(name, WIDTH / 2, 46, WIDTH - 40);
  pen.font = '22px ui-monospace, monospace';
  pen.fillStyle = '#b9c6d2';
  pen.fillText(clock(new Date()), WIDTH / 2, HEIGHT - 34);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {{horizon: number, lit: boolean, swell: number}} sea
 */
function drawSea(pen, { horizon, lit, swell }) {
  for (let row = 0; row < 7; row++) {
    const y = horizon + 6 + row * row * 2.6;
    pen.beginPath();
    for (let x = 0; x <= WIDTH; x += 8) {
      const lift = Math.sin(x / (26 + row * 7) + swell * (1.1 - row * 0.09) + row * 1.7) * (1 + row * 0.9);
      if (x === 0) pen.moveTo(x, y + lift);
      else pen.lineTo(x, y + lift);
    }
    // The light lies on the water below the lamp.
    const shine = pen.createLinearGradient(0, 0, WIDTH, 0);
    shine.addColorStop(0, '#24394b');
    shine.addColorStop(0.5, lit ? '#ffb637' : '#3a536a');
    shine.addColorStop(1, '#24394b');
    pen.strokeStyle = shine;
    pen.lineWidth = 1.5 + row * 0.35;
    pen.stroke();
  }
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {{x: number, y: number, lit: boolean}} lamp
 */
function drawLamp(pen, { x, y, lit }) {
  if (lit) {
    const glow = pen.createRadialGradient(x, y, 20, x, y, 150);
    glow.addColorStop(0, 'rgba(255, 190, 80, 0.55)');
    glow.addColorStop(1, 'rgba(255, 190, 80, 0)');
    pen.fillStyle = glow;
    pen.fillRect(x - 150, y - 150, 300, 212);
  }
  pen.beginPath();
  pen.arc(x, y, 40, 0, Math.PI * 2);
  pen.fillStyle = lit ? '#ffc657' : '#243443';
  pen.fill();
  pen.lineWidth = 7;
  pen.strokeStyle = '#5b7084';
  pen.stroke();
  // The shutter's slats: closed they cover the light.
  pen.lineWidth = lit ? 2.5 : 7;
  pen.strokeStyle = lit ? '#7a5414' : '#3a4f62';
  for (let slat = -3; slat <= 3; slat++) {
    const half = Math.sqrt(36 * 36 - (slat * 10) ** 2);
    pen.beginPath();
    pen.moveTo(x - half, y + slat * 10);
    pen.lineTo(x + half, y + slat * 10);
    pen.stroke();
  }
}
