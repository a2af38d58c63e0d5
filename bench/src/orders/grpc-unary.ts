import { LatencyRecorder } from '@ats/runtime';
import * as grpc from '@grpc/grpc-js';
import { answer, receiveJob, startChild } from '../child.ts';

const bytes = (value: Buffer): Buffer => value;
const ECHO: grpc.ServiceDefinition = {
  echo: {
    path: '/bench.Unary/Echo',
    requestStream: false,
    responseStream: false,
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  },
};
const PAYLOAD = Buffer.alloc(300, 1);

/** One raw unary call to another process, one after the other. @returns microseconds */
export async function grpcUnaryUs(count: number): Promise<LatencyRecorder> {
  const server = startChild<{ port: number }>(new URL(import.meta.url), {});
  const { port } = await server.next();
  const Client = grpc.makeGenericClientConstructor(ECHO, 'Unary');
  const client = new Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  const trip = (): Promise<void> =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest('/bench.Unary/Echo', bytes, bytes, PAYLOAD, (error) =>
        error === null ? resolve() : reject(error),
      );
    });
  const recorder = new LatencyRecorder();
  for (let index = -Math.ceil(count / 5); index < count; index += 1) {
    const began = performance.now();
    await trip();
    if (index >= 0) recorder.record((performance.now() - began) * 1000);
  }
  client.close();
  await server.stop();
  return recorder;
}

if (import.meta.main) {
  await receiveJob();
  const server = new grpc.Server();
  server.addService(ECHO, {
    echo: (call: { request: Buffer }, done: grpc.sendUnaryData<Buffer>) => done(null, call.request),
  });
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    answer({ port });
  });
}
