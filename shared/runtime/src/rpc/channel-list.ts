import { AtsError } from '@ats/domain';
import type { ChannelCredentials, Metadata } from '@grpc/grpc-js';
import { type StatusObject, status } from '@grpc/grpc-js';
import type { Method } from './definitions.ts';
import { GrpcChannel } from './grpc-client.ts';

/** Says of the other side that it is not there, or hangs: the next instance may answer. */
const AWAY: ReadonlySet<string> = new Set(['RPC_UNAVAILABLE', 'RPC_DEADLINE_EXCEEDED']);

/**
 * Channels to the instances of one service, of which one is used: the one that answered last. Who
 * is away, or hangs, is left for the next in the list, and whatever is called then goes there.
 */
export class ChannelList {
  private readonly channels: readonly GrpcChannel[];
  private at = 0;

  /** @param addresses `host:port`, or several with commas between */
  constructor(addresses: string, credentials: ChannelCredentials) {
    const list = addresses.split(',');
    const shared = list.length > 1;
    this.channels = list.map((address) => new GrpcChannel({ address, credentials, shared }));
  }

  /** One try of a unary call, at one instance. @throws AtsError */
  async unary(call: Parameters<GrpcChannel['unary']>[0]): Promise<object> {
    const used = this.at;
    try {
      return await this.current.unary(call);
    } catch (error) {
      if (error instanceof AtsError && AWAY.has(error.code)) this.leave(used);
      throw error;
    }
  }

  duplex(method: Method, metadata: Metadata): ReturnType<GrpcChannel['duplex']> {
    return this.watched(this.current.duplex(method, metadata));
  }

  serverStream(
    call: Parameters<GrpcChannel['serverStream']>[0],
  ): ReturnType<GrpcChannel['serverStream']> {
    return this.watched(this.current.serverStream(call));
  }

  close(): void {
    for (const channel of this.channels) channel.close();
  }

  private get current(): GrpcChannel {
    return this.channels[this.at] as GrpcChannel;
  }

  private watched<
    Stream extends { on(event: 'status', listener: (end: StatusObject) => void): unknown },
  >(stream: Stream): Stream {
    const used = this.at;
    stream.on('status', ({ code }) => {
      if (code === status.UNAVAILABLE) this.leave(used);
    });
    return stream;
  }

  /** What was used may have been left by another call already. */
  private leave(used: number): void {
    if (this.at === used) this.at = (used + 1) % this.channels.length;
  }
}
