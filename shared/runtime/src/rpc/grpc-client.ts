import {
  type ChannelCredentials,
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  type Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import type { Method } from './definitions.ts';
import { fromStatus } from './status-table.ts';

/** Largest message taken, bytes. */
export const MESSAGE_BYTES_MAX = 4 * 1024 * 1024;

/** TLS takes no address for a name (RFC 6066); certificates of ours are for localhost as well. */
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|\[::1\]):/;

/** One channel to one address. */
export class GrpcChannel {
  private readonly client: Client;

  constructor(options: {
    readonly address: string;
    readonly credentials: ChannelCredentials;
    /** Whether another instance may answer in its place: one that hangs is noticed sooner. */
    readonly shared: boolean;
  }) {
    const { address, credentials, shared } = options;
    this.client = new Client(address, credentials, {
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 2000,
      'grpc.keepalive_time_ms': shared ? 3000 : 30_000,
      'grpc.keepalive_timeout_ms': shared ? 2000 : 5000,
      'grpc.max_receive_message_length': MESSAGE_BYTES_MAX,
      'grpc.use_local_subchannel_pool': 1,
      ...(LOOPBACK.test(address) ? { 'grpc.ssl_target_name_override': 'localhost' } : {}),
    });
  }

  /** One try of a unary call. @throws AtsError */
  unary(call: {
    readonly method: Method;
    readonly request: object;
    readonly metadata: Metadata;
    readonly deadlineMs: number;
  }): Promise<object> {
    const { path, requestSerialize, responseDeserialize } = call.method;
    return new Promise((resolve, reject) => {
      this.client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        call.request,
        call.metadata,
        { deadline: Date.now() + call.deadlineMs },
        (error: ServiceError | null, response?: object) => {
          if (error !== null) reject(fromStatus(error, path));
          else resolve(response ?? {});
        },
      );
    });
  }

  /** Opens a stream; it is taken by the other side once its metadata arrives. */
  duplex(method: Method, metadata: Metadata): ClientDuplexStream<object, object> {
    const { path, requestSerialize, responseDeserialize } = method;
    return this.client.makeBidiStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      metadata,
      {},
    );
  }

  /** Asks for a stream of answers, which has no deadline of its own. */
  serverStream(call: {
    readonly method: Method;
    readonly request: object;
    readonly metadata: Metadata;
  }): ClientReadableStream<object> {
    const { path, requestSerialize, responseDeserialize } = call.method;
    return this.client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      call.request,
      call.metadata,
    );
  }

  close(): void {
    this.client.close();
  }
}
