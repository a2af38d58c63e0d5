import * as grpc from '@grpc/grpc-js';
import { answer, receiveJob, startChild } from '../child.ts';

const bytes = (value: Buffer): Buffer => value;
const ECHO: grpc.ServiceDefinition = {
  echo: {
    path: '/bench.RawEcho/Echo',
    requestStream: true,
    responseStream: true,
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  },
};

export interface RawEcho {
  /** Bytes there and bytes back, nothing read or written by anybody. */
  trip(): Promise<void>;
  close(): Promise<void>;
}

/** A raw gRPC stream to another process, with messages as large as those that are compared. */
export async function openRawEcho(sizes: {
  readonly questionBytes: number;
  readonly answerBytes: number;
}): Promise<RawEcho> {
  const server = startChild<{ port: number }>(new URL(import.meta.url), sizes);
  const { port } = await server.next();
  const Client = grpc.makeGenericClientConstructor(ECHO, 'Echo');
  const client = new Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  const stream = client.makeBidiStreamRequest('/bench.RawEcho/Echo', bytes, bytes);
  const question = Buffer.alloc(sizes.questionBytes, 1);
  let arrived = (): void => undefined;
  stream.on('data', () => arrived());
  return {
    trip: () =>
      new Promise((resolve) => {
        arrived = resolve;
        stream.write(question);
      }),
    async close() {
      // The server goes without a farewell; its stream's end is no failure of the measurement.
      stream.on('error', () => undefined);
      stream.end();
      client.close();
      await server.stop();
    },
  };
}

if (import.meta.main) {
  const { answerBytes } = await receiveJob<{ answerBytes: number }>();
  const back = Buffer.alloc(answerBytes, 2);
  const server = new grpc.Server();
  server.addService(ECHO, {
    echo: (call: grpc.ServerDuplexStream<Buffer, Buffer>) => {
      call.on('data', () => call.write(back));
      call.on('end', () => call.end());
      call.on('error', () => undefined);
    },
  });
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    answer({ port });
  });
}
