import type { CcxtClient, CcxtErrors } from './ccxt-client.ts';

/** One WebSocket of ccxt. */
interface Socket {
  readonly connected?: Promise<unknown>;
  readonly error?: unknown;
  future(name: string): Promise<unknown>;
  send(message: unknown): Promise<unknown>;
  onError(error: unknown): void;
}

interface Guarded {
  client(url: string): Socket;
  nonce(): number;
  handleErrors(...parts: unknown[]): unknown;
}

const ignore = (): void => undefined;

/** Two calls of one millisecond would have one nonce, and the second be refused. */
export function keepNonceGrowing(client: CcxtClient): void {
  const guarded = client as unknown as Guarded;
  const nonce = guarded.nonce.bind(client);
  let last = 0;
  guarded.nonce = () => {
    last = Math.max(last + 1, nonce());
    return last;
  };
}

/**
 * ccxt lets go of promises of its sockets, of a stream that is being opened for instance: when the
 * socket fails their rejections would end the process. Whoever awaits them still gets them.
 */
export function guardSockets(client: CcxtClient): void {
  const guarded = client as unknown as Guarded;
  const open = guarded.client.bind(client);
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

const TOO_MANY: readonly unknown[] = [429, 418];
const SECOND_MS = 1000;

/** Milliseconds that a venue asks to wait, of its headers; 0 where it does not say. */
function retryAfterMs(headers: unknown): number {
  if (typeof headers !== 'object' || headers === null) return 0;
  const found = Object.entries(headers).find(([name]) => name.toLowerCase() === 'retry-after');
  const seconds = Number(found?.[1] ?? 0);
  return Number.isFinite(seconds) ? Math.max(0, seconds) * SECOND_MS : 0;
}

/**
 * Statuses say more surely than bodies do whether a request was taken: 429 and 418 were not, of
 * what a failing server did with it nobody knows. ccxt looks at the body first.
 *
 * @param options `serverErrorsMeanRefusal` where a venue refuses everything with status 500
 */
export function readStatusFirst(
  client: CcxtClient,
  options: { readonly errors: CcxtErrors; readonly serverErrorsMeanRefusal: boolean },
): void {
  const guarded = client as unknown as Guarded;
  const handle = guarded.handleErrors.bind(client);
  const { RateLimitExceeded, ExchangeNotAvailable } = options.errors;
  guarded.handleErrors = (...parts) => {
    const [status, reason, , , headers, , response] = parts;
    const text = `${client.id} answered ${String(status)} ${String(reason)}`;
    if (TOO_MANY.includes(status) && RateLimitExceeded !== undefined) {
      const error = new RateLimitExceeded(text as never);
      throw Object.assign(error, { retryAfterMs: retryAfterMs(headers) });
    }
    // A refusal is a list that the venue made; what a proxy says is a page.
    const refuses = options.serverErrorsMeanRefusal && status === 500 && Array.isArray(response);
    const failed = Number(status) >= 500 && !refuses;
    if (failed && ExchangeNotAvailable !== undefined) {
      throw new ExchangeNotAvailable(text as never);
    }
    return handle(...parts);
  };
}
