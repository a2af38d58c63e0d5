import * as grpc from '@grpc/grpc-js';
import { answer, receiveJob, startChild } from '../child.ts';
import { roundTripUs } from './floors.ts';

const bytes = (value: Buffer): Buffer => value;
const ECHO: grpc.ServiceDefinition = {
  echo: {
    path: '/bench.Echo/Echo',
    requestStream: true,
    responseStream: true,
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  },
};
const PAYLOAD = Buffer.alloc(300, 1);

/** One raw gRPC stream round trip to another process: bytes there and back, nothing parsed. */
export async function grpcStreamRoundTripUs(pace: {
  readonly count: number;
  readonly paceMs: number;
}): Promise<number> {
  const server = startChild<{ port: number }>(new URL(import.meta.url), {});
  const { port } = await server.next();
  const Client = grpc.makeGenericClientConstructor(ECHO, 'Echo');
  const client = new Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  const stream = client.makeBidiStreamRequest('/bench.Echo/Echo', bytes, bytes);
  let arrived = (): void => undefined;
  stream.on('data', () => arrived());
  const trip = (): Promise<void> =>
    new Promise((resolve) => {
      arrived = resolve;
      stream.write(PAYLOAD);
    });
  const median = await roundTripUs({ ...pace, trip });
  // The server goes without a farewell; its stream's end is no failure of the measurement.
  stream.on('error', () => undefined);
  stream.end();
  client.close();
  await server.stop();
  return median;
}

if (import.meta.main) {
  await receiveJob();
  const server = new grpc.Server();
  server.addService(ECHO, {
    echo: (call: grpc.ServerDuplexStream<Buffer, Buffer>) => {
      call.on('data', (data: Buffer) => call.write(data));
      call.on('end', () => call.end());
      call.on('error', () => undefined);
    },
  });
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    answer({ port });
  });
}
