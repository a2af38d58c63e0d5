import { until } from '@ats/testkit';
import { WebSocket } from 'ws';

type Message = Readonly<Record<string, unknown>> & readonly unknown[];

/** A plain WebSocket to a venue, and what came over it. */
export class RawStream {
  readonly messages: Message[] = [];
  readonly socket: WebSocket;
  /** The HTTP status of a handshake that was refused. */
  refusedWith: number | undefined;

  constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
    this.socket = new WebSocket(url, { headers });
    this.socket.on('error', () => {});
    this.socket.on('message', (data) => this.messages.push(JSON.parse(String(data)) as Message));
    this.socket.on('unexpected-response', (_, { statusCode }) => {
      this.refusedWith = statusCode;
    });
  }

  async opened(): Promise<this> {
    await until(() => this.socket.readyState === WebSocket.OPEN, { what: 'the connection' });
    return this;
  }

  get closed(): boolean {
    return this.socket.readyState === WebSocket.CLOSED;
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  /** The first message that fits, once it is there. */
  heard(fits: (message: Message) => unknown, what = 'the message'): Promise<Message> {
    return until(() => this.messages.find(fits), { what });
  }
}
