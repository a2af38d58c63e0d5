import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import protobuf from 'protobufjs';

/** What is read of an export. Source: opentelemetry-proto 1.x, trace/v1/trace.proto. */
const MESSAGES = `
syntax = "proto3";
message Value { oneof value { string text = 1; bool truth = 2; int64 whole = 3; double real = 4; } }
message KeyValue { string key = 1; Value value = 2; }
message Resource { repeated KeyValue attributes = 1; }
message Event { fixed64 time = 1; string name = 2; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
  fixed64 start = 7; fixed64 end = 8; repeated KeyValue attributes = 9; repeated Event events = 11;
}
message ScopeSpans { repeated Span spans = 2; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message Export { repeated ResourceSpans resource_spans = 1; }
`;

/** A span as it was exported. */
export interface ExportedSpan {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly name: string;
  /** Microseconds since the epoch. */
  readonly startUs: number;
  readonly endUs: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly { readonly name: string; readonly atUs: number }[];
}

interface WireKeyValue {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}
interface WireSpan {
  readonly [id: string]: unknown;
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  readonly parentSpanId: Uint8Array;
  readonly name: string;
  readonly start: string;
  readonly end: string;
  readonly attributes: readonly WireKeyValue[];
  readonly events: readonly { readonly time: string; readonly name: string }[];
}
interface WireExport {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly WireKeyValue[] };
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
  }[];
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const microseconds = (nanoseconds: string): number => Number(BigInt(nanoseconds) / 1000n);
const attributesOf = (list: readonly WireKeyValue[]) =>
  Object.fromEntries(list.map(({ key, value }) => [key, Object.values(value)[0]]));

/** Takes spans as an OpenTelemetry collector does, OTLP over HTTP, and keeps them. */
export async function openSpanReceiver() {
  const type = protobuf.parse(MESSAGES).root.lookupType('Export');
  const spans: ExportedSpan[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = type.toObject(type.decode(Buffer.concat(chunks)), {
        ...{ longs: String, arrays: true, defaults: false },
      }) as WireExport;
      for (const { resource, scopeSpans } of body.resourceSpans) {
        const service = String(attributesOf(resource.attributes)['service.name']);
        for (const span of scopeSpans.flatMap((scope) => scope.spans)) {
          spans.push(read(service, span));
        }
      }
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: spans as readonly ExportedSpan[],
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

function read(service: string, span: WireSpan): ExportedSpan {
  return {
    service,
    traceId: hex(span.traceId),
    spanId: hex(span.spanId),
    parentSpanId: span.parentSpanId === undefined ? '' : hex(span.parentSpanId),
    name: span.name,
    startUs: microseconds(span.start),
    endUs: microseconds(span.end),
    attributes: attributesOf(span.attributes),
    events: span.events.map(({ name, time }) => ({ name, atUs: microseconds(time) })),
  };
}
