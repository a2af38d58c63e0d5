/** One WebSocket of ccxt. */
interface Socket {
  readonly connected?: Promise<unknown>;
  readonly error?: unknown;
  future(name: string): Promise<unknown>;
  send(message: unknown): Promise<unknown>;
  onError(error: unknown): void;
}

const ignore = (): void => undefined;

/** A `fetchImplementation` that breaks off with ccxt's own time limit, or once `stopped` is. */
export const fetchUntil =
  (stopped: AbortSignal) =>
  (url: string, init: RequestInit): Promise<Response> => {
    const signals = init.signal ? [init.signal, stopped] : [stopped];
    return fetch(url, { ...init, signal: AbortSignal.any(signals) });
  };

/**
 * ccxt lets go of promises of its sockets: of a stream that is being opened, of a text that its
 * throttle holds back. When the socket fails their rejections would end the process. Whoever awaits
 * them still gets them, and a text that cannot be sent is an error of its socket.
 */
export function guardSockets(exchange: object): void {
  const guarded = exchange as { client(url: string): Socket };
  const open = guarded.client.bind(exchange);
  const seen = new WeakSet<Socket>();
  guarded.client = (url) => {
    const socket = open(url);
    if (seen.has(socket)) return socket;
    seen.add(socket);
    socket.connected?.catch(ignore);
    const future = socket.future.bind(socket);
    socket.future = (name) => {
      const made = future(name);
      made.catch(ignore);
      return made;
    };
    const send = socket.send.bind(socket);
    socket.send = (message) =>
      send(message).catch((error: unknown) => {
        if (socket.error === undefined) socket.onError(error);
      });
    return socket;
  };
}
