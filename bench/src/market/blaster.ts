import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFrames } from '@ats/price-collector';
import { type WebSocket, WebSocketServer } from 'ws';
import { answer, receiveJob } from '../child.ts';

export interface BlasterJob {
  readonly file: string;
}

/** Where each venue's recorded frames are sent from, and how many there are. */
export interface BlasterReady {
  readonly venues: Readonly<Record<string, BlasterSource>>;
}

export interface BlasterSource {
  readonly ws: string;
  readonly rest: string;
  /** Sent before `START`, so that books are whole when the clock starts. */
  readonly lead: number;
  /** Sent between `START` and `END`. */
  readonly frames: number;
}

/** First and last text of a pass; no exchange sends them, adapters count them as malformed. */
export const START = '"the start"';
export const END = '"the end"';
/** Time for a subscriber to subscribe, then to fetch snapshots and bring its books up to date. */
const LEAD_MS = 500;
/** Share of the frames that is sent ahead: snapshots stand at the beginning of a recording. */
const LEAD_SHARE = 0.2;
const BUFFER_BYTES_MAX = 1 << 20;

interface Tape {
  path: string;
  readonly frames: string[];
  readonly rest: Map<string, string>;
}

async function load(file: string): Promise<Map<string, Tape>> {
  const tapes = new Map<string, Tape>();
  for await (const batch of readFrames(file)) {
    for (const frame of batch) {
      const tape: Tape = tapes.get(frame.v) ?? { path: '/', frames: [], rest: new Map() };
      tapes.set(frame.v, tape);
      const url = frame.u === undefined ? undefined : new URL(frame.u);
      if (frame.k === 'open' && url !== undefined) tape.path = url.pathname + url.search;
      if (frame.k === 'in') tape.frames.push(frame.m ?? '');
      if (frame.k === 'rest' && url !== undefined) {
        tape.rest.set(url.pathname + url.search, frame.m ?? '');
      }
    }
  }
  return tapes;
}

/** Sends all frames as fast as the socket takes them. */
async function blast(socket: WebSocket, tape: Tape): Promise<void> {
  const lead = leadOf(tape);
  for (const [index, frame] of tape.frames.entries()) {
    if (index === lead) {
      await new Promise<void>((resolve) => setTimeout(resolve, LEAD_MS));
      socket.send(START);
    }
    socket.send(frame);
    if (socket.bufferedAmount > BUFFER_BYTES_MAX) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      while (socket.bufferedAmount > BUFFER_BYTES_MAX / 2 && socket.readyState === socket.OPEN) {
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    }
  }
  socket.send(END);
  // The next connection gets the next pass.
  socket.close(1001);
}

const leadOf = ({ frames }: Tape): number => Math.floor(frames.length * LEAD_SHARE);

async function serve(tape: Tape): Promise<number> {
  const http = createServer((request, response) => {
    const body = tape.rest.get(request.url ?? '');
    response.writeHead(body === undefined ? 404 : 200).end(body ?? '');
  });
  const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
  sockets.on('connection', (socket) => {
    setTimeout(() => void blast(socket, tape), LEAD_MS);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return (http.address() as AddressInfo).port;
}

if (import.meta.main) {
  const { file } = await receiveJob<BlasterJob>();
  const venues: Record<string, BlasterSource> = {};
  for (const [name, tape] of await load(file)) {
    const port = await serve(tape);
    const ws = `ws://127.0.0.1:${port}${tape.path}`;
    const lead = leadOf(tape);
    const frames = tape.frames.length - lead;
    venues[name] = { ws, rest: `http://127.0.0.1:${port}`, lead, frames };
  }
  answer({ venues } satisfies BlasterReady);
}
