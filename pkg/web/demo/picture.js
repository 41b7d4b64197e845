// SPDX-License-Identifier: Apache-2.0

import { lampAtSea } from './canvas.js';

/** Picture is the video this page sends: the lamp, or the camera when the reader wants that. No sound is sent. */
export class Picture extends EventTarget {
  #lamp;
  #stream;

  /** @param {string} name */
  constructor(name) {
    super();
    this.#stream = this.#lamp = lampAtSea(name);
  }

  /** Whether there can be a camera: browsers give it to secure origins only. */
  static get cameras() {
    return Boolean(navigator.mediaDevices?.getUserMedia);
  }

  get stream() { return this.#stream; }

  get camera() { return this.#stream !== this.#lamp; }

  /** @returns {MediaStreamTrack} */
  get track() { return this.#stream.getVideoTracks()[0]; }

  /** Goes to the camera; rejects where the reader or the machine refuses. */
  async useCamera() {
    const stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: 'user', width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 24 } },
    });
    // A camera that is unplugged, or whose permission is taken back.
    stream.getVideoTracks()[0].addEventListener('ended', () => { if (this.#stream === stream) this.useLamp(); });
    this.#change(stream);
  }

  useLamp() {
    this.#change(this.#lamp);
  }

  /**
   * Adds the picture to a new link.
   * @param {RTCPeerConnection} pc
   */
  addTo(pc) {
    pc.addTrack(this.track, this.#stream);
  }

  /**
   * Replaces what a link sends; it needs no negotiation.
   * @param {RTCPeerConnection} pc
   */
  async replaceIn(pc) {
    const sender = pc.getSenders().find(({ track }) => track?.kind === 'video');
    await sender?.replaceTrack(this.track);
  }

  /** @param {MediaStream} stream */
  #change(stream) {
    if (stream === this.#stream) return;
    const old = this.#stream;
    this.#stream = stream;
    this.dispatchEvent(new Event('change'));
    if (old !== this.#lamp) for (const track of old.getTracks()) track.stop();
  }
}
