import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROTO_ROOT, protoFiles } from '@ats/contracts';

export interface FoundMethod {
  readonly service: string;
  readonly method: string;
  readonly shape: 'call' | 'stream' | 'duplex';
}

/** Every method of the project's contracts, read from the files themselves. */
export function wireServices(): readonly FoundMethod[] {
  return protoFiles()
    .filter((file) => file.startsWith('ats/'))
    .flatMap((file) => {
      const text = readFileSync(join(PROTO_ROOT, file), 'utf8');
      const area = /^package (\S+);/m.exec(text)?.[1];
      return [...text.matchAll(/^service (\w+) \{([\s\S]*?)^\}/gm)].flatMap(([, name, body]) =>
        [...(body ?? '').matchAll(/rpc (\w+)\((stream )?\w+\) returns \((stream )?/g)].map(
          ([, method = '', requests, responses]): FoundMethod => ({
            service: `${area}.${name}`,
            method,
            shape: requests ? 'duplex' : responses ? 'stream' : 'call',
          }),
        ),
      );
    });
}
