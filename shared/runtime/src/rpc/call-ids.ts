import { Metadata } from '@grpc/grpc-js';
import type { RandomStream } from '../random.ts';
import { isTraceparent } from '../tracing/trace-context.ts';
import type { CallOptions } from './directory.ts';

const CORRELATION_KEY = 'x-correlation-id';
const TRACE_KEY = 'traceparent';
export const AUTHORIZATION_KEY = 'authorization';
export const PERSON_SOURCE_KEY = 'x-person-source';
const CORRELATION = /^[\x21-\x7e]{1,128}$/;

export interface CallIds {
  readonly correlationId: string;
  readonly traceparent: string;
  /** Whether the caller sent it: of one that was made up there is no span. */
  readonly traced: boolean;
}

function hex(random: RandomStream, words: number): string {
  let text = '';
  for (let word = 0; word < words; word += 1) {
    text += random
      .integer(2 ** 32)
      .toString(16)
      .padStart(8, '0');
  }
  return text;
}

/** Nobody keeps it. Source of its form: https://www.w3.org/TR/trace-context/ */
function newTraceparent(random: RandomStream): string {
  return `00-${hex(random, 4)}-${hex(random, 2)}-00`;
}

/** The ids of one call: the caller's where it gave well-formed ones, else new. */
export function callIds(options: Partial<CallOptions>, random: RandomStream): CallIds {
  const { correlationId, traceparent } = options;
  const traced = traceparent !== undefined && isTraceparent(traceparent);
  return {
    correlationId:
      correlationId !== undefined && CORRELATION.test(correlationId)
        ? correlationId
        : hex(random, 4),
    traceparent: traced ? traceparent : newTraceparent(random),
    traced,
  };
}

export function idsToMetadata(
  ids: CallIds,
  { authorization, personSource }: Pick<CallOptions, 'authorization' | 'personSource'> = {},
): Metadata {
  const metadata = new Metadata();
  metadata.set(CORRELATION_KEY, ids.correlationId);
  metadata.set(TRACE_KEY, ids.traceparent);
  if (authorization !== undefined) metadata.set(AUTHORIZATION_KEY, authorization);
  if (personSource !== undefined) metadata.set(PERSON_SOURCE_KEY, personSource);
  return metadata;
}

export function idsFromMetadata(metadata: Metadata, random: RandomStream): CallIds {
  const text = (key: string): { readonly value?: string } => {
    const value = metadata.get(key)[0];
    return typeof value === 'string' ? { value } : {};
  };
  const correlationId = text(CORRELATION_KEY).value;
  const traceparent = text(TRACE_KEY).value;
  return callIds(
    {
      ...(correlationId === undefined ? {} : { correlationId }),
      ...(traceparent === undefined ? {} : { traceparent }),
    },
    random,
  );
}
