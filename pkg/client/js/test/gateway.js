import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { Feed } from './feed.js';

/** Gateway is a scripted one on loopback: every request for a socket waits until a step takes it. */
export class Gateway {
  /** Requests for a socket, as {request, socket, head, at}. */
  knocks = new Feed('a request for a socket');
  /** The sockets accepted, in order. */
  sockets = [];
  #refusal = { status: 426, code: 'upgrade_required' };
  #ws = new WebSocketServer({
    noServer: true, perMessageDeflate: false, handleProtocols: (offered) => (offered.has('aldis.v1') ? 'aldis.v1' : false),
  });
  #http = createServer((request, response) => response.end());
  #open = new Set();

  static async start() {
    const gateway = new Gateway();
    const http = gateway.#http;
    http.removeAllListeners('request');
    http.on('request', (request, response) => answer(response, gateway.#refusal));
    http.on('connection', (socket) => {
      gateway.#open.add(socket);
      socket.on('close', () => gateway.#open.delete(socket));
      socket.on('error', () => {});
    });
    http.on('upgrade', (request, socket, head) => gateway.knocks.push({ request, socket, head, at: performance.now() }));
    await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve));
    gateway.url = `ws://127.0.0.1:${http.address().port}`;
    return gateway;
  }

  /** Accepts a knock and returns its socket: {ws, frames, ended, request}. */
  accept({ request, socket, head }) {
    const accepted = { request, frames: new Feed('a frame'), ended: new Feed('the end of the socket') };
    this.#ws.handleUpgrade(request, socket, head, (ws) => {
      accepted.ws = ws;
      ws.on('message', (data, binary) => accepted.frames.push(binary ? { type: 'binary' } : JSON.parse(data.toString())));
      ws.on('error', () => {});
      ws.on('close', (code, reason) => accepted.ended.push({ code, reason: reason.toString() }));
    });
    this.sockets.push(accepted);
    return accepted;
  }

  /** Accepts the next knock, takes its hello and welcomes it. */
  async welcome(more = {}, within = 5) {
    const socket = this.accept(await this.knocks.next(within));
    const hello = await socket.frames.next();
    this.send(socket, {
      type: 'welcome', app: 'default', peer: 'alice', n: 3, session: 's1', secret: 'x1', resumed: false, seq: 0,
      grace: 30, heartbeat: 20, max_frame: 65536, window: 32, features: [], limits: {}, ...more,
    });
    const ack = await socket.frames.next();
    return { ...socket, hello, ack };
  }

  send({ ws }, frame) {
    ws.send(JSON.stringify(frame));
  }

  /** Answers a knock, and the plain requests that follow, with an HTTP status. */
  refuse({ socket }, refusal) {
    this.#refusal = refusal;
    const body = JSON.stringify({ type: 'about:blank', status: refusal.status, code: refusal.code });
    const retry = refusal.retry_after === undefined ? '' : `Retry-After: ${refusal.retry_after}\r\n`;
    socket.end(`HTTP/1.1 ${refusal.status} Refused\r\nContent-Type: application/problem+json\r\n${retry}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
  }

  /** Resets a connection, without a close frame. */
  drop({ ws }) {
    ws._socket.resetAndDestroy();
  }

  async stop() {
    for (const socket of this.#open) socket.destroy();
    await new Promise((resolve) => this.#http.close(resolve));
  }
}

function answer(response, { status, code, retry_after: retryAfter }) {
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/problem+json');
  response.setHeader('Connection', 'close');
  if (retryAfter !== undefined) response.setHeader('Retry-After', String(retryAfter));
  response.end(JSON.stringify({ type: 'about:blank', status, code }));
}
