import { grpcPages } from './grpc-pages.ts';

/** What is generated from the contracts, by its path in the project. */
export function referenceArtifacts(): Readonly<Record<string, string>> {
  const grpc = Object.entries(grpcPages());
  return Object.fromEntries(grpc.map(([name, text]) => [`docs/reference/grpc/${name}`, text]));
}
