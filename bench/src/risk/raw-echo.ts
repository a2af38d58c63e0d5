import { PROTO_ROOT, protoFiles, RISK_SERVICE } from '@ats/contracts';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { answer, receiveJob, startChild } from '../child.ts';

const bytes = (value: Buffer): Buffer => value;
const BYTES: grpc.MethodDefinition<object, object> = {
  path: '/bench.RawEcho/Echo',
  requestStream: true,
  responseStream: true,
  requestSerialize: bytes as (value: object) => Buffer,
  requestDeserialize: bytes,
  responseSerialize: bytes as (value: object) => Buffer,
  responseDeserialize: bytes,
};

/** The contract's own method as gRPC's libraries bring it, with nothing of ours. */
function contractMethod(): grpc.MethodDefinition<object, object> {
  const options = { longs: Number, enums: String, defaults: true, oneofs: true };
  const loaded = loadSync([...protoFiles()], { includeDirs: [PROTO_ROOT], ...options });
  const service = loaded[RISK_SERVICE.fullName] as grpc.ServiceDefinition;
  return service['CheckOpportunityStream'] as grpc.MethodDefinition<object, object>;
}

export interface RawEcho {
  /** One message there and one back, and nobody looks into them. */
  trip(): Promise<void>;
  close(): Promise<void>;
}

/** @param messages `bytes`: as they lie on the wire. `contract`: written and read by protobufjs. */
type Messages = 'bytes' | 'contract';

/** A raw gRPC stream to another process that answers each message with the same one. */
export async function openRawEcho(options: {
  readonly messages: Messages;
  readonly question: object;
  readonly answer: object;
}): Promise<RawEcho> {
  const { messages, question } = options;
  const job: EchoJob = { messages, answer: plain(options.answer) };
  const server = startChild<{ port: number }>(new URL(import.meta.url), job);
  const { port } = await server.next();
  const { path, requestSerialize, responseDeserialize } = methodOf(messages);
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  const stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
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

interface EchoJob {
  readonly messages: Messages;
  /** The message, or base64 of its bytes. */
  readonly answer: object | string;
}

const plain = (message: object): object | string =>
  Buffer.isBuffer(message) ? message.toString('base64') : message;

const methodOf = (messages: Messages) => (messages === 'bytes' ? BYTES : contractMethod());

if (import.meta.main) {
  const job = await receiveJob<EchoJob>();
  const back = typeof job.answer === 'string' ? Buffer.from(job.answer, 'base64') : job.answer;
  const server = new grpc.Server();
  server.addService({ echo: methodOf(job.messages) } as grpc.ServiceDefinition, {
    echo: (call: grpc.ServerDuplexStream<object, object>) => {
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
