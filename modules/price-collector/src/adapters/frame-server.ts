import { createServer, type ServerResponse } from 'node:http';
import { type Clock, listenOn, type Timers } from '@ats/runtime';
import { WebSocket, WebSocketServer } from 'ws';
import { Pacer, type ReplaySpeed } from '../app/pacer.ts';
import { frameTimeUs, pathOf, type RecordedFrame } from '../domain/recording.ts';
import { readFrames } from './frame-file.ts';

export interface FrameServerOptions {
  /** A recording, gzip or plain. */
  readonly file: string;
  readonly speed: ReplaySpeed;
  readonly host?: string;
  /** 0 picks a free port. */
  readonly port: number;
  readonly clock: Clock;
  readonly timers: Timers;
}

export interface FrameServer {
  /** `/<n>` appended to `ws` plays the recording's connection number n. */
  readonly endpoints: { readonly ws: string; readonly rest: string };
  /** Recorded connections that were played to their ends. */
  readonly played: number;
  close(): Promise<void>;
}

/** Bytes that may wait in a client's socket before the player pauses. */
const BUFFERED_BYTES_MAX = 4 * 1024 * 1024;
const DRAIN_POLL_MS = 2;
const REST_ANSWERS_MAX = 10_000;

/**
 * Plays a recording to a production collector through real sockets. A client's first text starts
 * the frames of one recorded connection: the one that its URL ends in, else the n-th that
 * received anything for the n-th client. REST paths are answered with the recorded answers to
 * the same path, in their order; `limit` does not count.
 *
 * @throws TAPE_UNREADABLE, TAPE_INVALID, PORT_IN_USE
 */
export async function serveFrames(options: FrameServerOptions): Promise<FrameServer> {
  const { file, host = '127.0.0.1', port } = options;
  const { connections, answers } = await overview(file);
  let clients = 0;
  let played = 0;
  const closing = new AbortController();
  const http = createServer((request, response) => answer(answers, request.url ?? '', response));
  const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
  sockets.on('connection', (socket, request) => {
    const asked = /\/(\d+)$/.exec(request.url ?? '')?.[1];
    const connection = asked === undefined ? connections[clients] : Number(asked);
    clients += 1;
    // A client that breaks off ends its own play; nothing else hangs on it.
    socket.on('error', () => socket.terminate());
    if (connection === undefined) {
      socket.close(1013, 'the recording has no more connections');
      return;
    }
    socket.once('message', () => {
      play({ socket, connection, options, signal: closing.signal }).then(
        (whole) => {
          if (whole) played += 1;
        },
        (problem: Error) => socket.close(1011, problem.message.slice(0, 120)),
      );
    });
  });
  const at = `${host}:${await listenOn(http, { host, port, field: 'serve' })}`;
  return {
    endpoints: { ws: `ws://${at}`, rest: `http://${at}` },
    get played() {
      return played;
    },
    async close() {
      closing.abort();
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

/** One pass over the file: which connections received frames, and every REST answer by path. */
async function overview(file: string) {
  const connections = new Set<number>();
  const answers = new Map<string, string[]>();
  let count = 0;
  for await (const batch of readFrames(file)) {
    for (const frame of batch) {
      if (frame.k === 'in') connections.add(frame.c);
      if (frame.k !== 'rest' || count >= REST_ANSWERS_MAX) continue;
      count += 1;
      const key = restKey(pathOf(frame.u ?? ''));
      answers.set(key, [...(answers.get(key) ?? []), frame.m ?? '']);
    }
  }
  return { connections: [...connections], answers };
}

const restKey = (path: string): string =>
  path.replace(/([?&])limit=\d+&?/, '$1').replace(/[?&]$/, '');

/** The recorded answers to a path are given once each, in order; the last one stays. */
function answer(answers: Map<string, string[]>, url: string, response: ServerResponse): void {
  const known = answers.get(restKey(url));
  const body = known !== undefined && known.length > 1 ? known.shift() : known?.[0];
  response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
  response.end(body ?? '{"msg":"not in the recording"}');
}

/** @returns whether the recording was played to its end. */
async function play(input: {
  socket: WebSocket;
  connection: number;
  options: FrameServerOptions;
  signal: AbortSignal;
}): Promise<boolean> {
  const { socket, connection, options, signal } = input;
  const { file, timers } = options;
  const pacer = new Pacer(options);
  const wanted = (frame: RecordedFrame) => frame.k === 'in' && frame.c === connection;
  for await (const batch of readFrames(file)) {
    for (const frame of batch) {
      if (!wanted(frame)) continue;
      const wait = pacer.wait(frameTimeUs(frame));
      if (wait !== undefined) await wait;
      while (socket.bufferedAmount > BUFFERED_BYTES_MAX) await timers.sleep(DRAIN_POLL_MS);
      if (signal.aborted || socket.readyState !== WebSocket.OPEN) return false;
      socket.send(frame.m ?? '');
    }
  }
  return true;
}
