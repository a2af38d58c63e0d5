import { fileURLToPath } from 'node:url';
import type { ServerStreamMethod } from '@ats/contracts';
import { loadSync } from '@grpc/proto-loader';
import type {
  Metrics,
  RpcDirectory,
  RpcHandlers,
  RpcServing,
  ServiceName,
} from '../../src/index.ts';
import { packageDefinition } from '../../src/rpc/definitions.ts';
import { openQuietDirectory, quietMetrics } from './rpc-parts.ts';

export type CountRequest = { readonly to: number };
export type CountResponse = { readonly number: number };
type CountingService = { readonly Count: ServerStreamMethod<CountRequest, CountResponse> };
export type CountingHandler = RpcHandlers<CountingService>['Count'];

export const COUNTING_SERVICE: ServiceName<CountingService> = {
  fullName: 'ats.test.v1.CountingService',
};

const PROTO = fileURLToPath(new URL('counting.proto', import.meta.url));

/** A directory that knows the tests' own service beside the contracts. */
export function openCountingDirectory(address: string, metrics = quietMetrics()): RpcDirectory {
  const at = { address, field: 'rpc.countingAddress' };
  return openQuietDirectory('', {
    addresses: address === '' ? {} : { [COUNTING_SERVICE.fullName]: at },
    contracts: { ...packageDefinition(), ...loadSync(PROTO, { defaults: true }) },
    metrics,
  });
}

export interface CountingPair {
  readonly client: RpcDirectory;
  readonly serving: RpcServing;
  /** Of the side that serves. */
  readonly metrics: Metrics;
  close(): Promise<void>;
}

export async function openDirectCounting(Count: CountingHandler): Promise<CountingPair> {
  const metrics = quietMetrics();
  const client = openCountingDirectory('', metrics);
  const serving = await client.serve(COUNTING_SERVICE, { Count });
  return { client, serving, metrics, close: () => client.close() };
}

export async function openGrpcCounting(
  Count: CountingHandler,
): Promise<CountingPair & { readonly server: RpcDirectory }> {
  const metrics = quietMetrics();
  const server = openCountingDirectory('127.0.0.1:0', metrics);
  const serving = await server.serve(COUNTING_SERVICE, { Count });
  const client = openCountingDirectory(serving.address);
  const close = async (): Promise<void> => {
    await client.close();
    await server.close();
  };
  return { client, server, serving, metrics, close };
}

/** What a subscriber saw. */
export class Seen {
  readonly numbers: number[] = [];
  readonly ends: (string | undefined)[] = [];
  readonly onMessage = ({ number }: CountResponse): void => void this.numbers.push(number);
  readonly onEnd = (error: { readonly code: string } | undefined): void =>
    void this.ends.push(error?.code);
}

export const upTo = (last: number): readonly number[] =>
  Array.from({ length: last }, (_, index) => index + 1);
