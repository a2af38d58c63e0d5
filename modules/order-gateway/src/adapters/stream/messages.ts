import { executionReportToWire } from '@ats/contracts';
import type { AtsError, MarketEvent } from '@ats/domain';
import { readExecutionReport, readOrderEvent } from '@ats/orders';
import type { LogRecord } from '@ats/storage';
import { z } from 'zod';
import type { MarketItem } from '../../app/market-feed.ts';
import { ACCOUNT_PATTERN } from '../../domain/requests.ts';
import { EXAMPLES } from '../http/examples.ts';
import { requestSchemas } from '../http/schemas.ts';
import { viewOfOrder } from '../views.ts';

export const STREAM_PATH = '/stream';

const accountId = z.string().regex(ACCOUNT_PATTERN).default('main');
const names = z.array(z.string().min(1).max(40)).min(1).max(50).optional();

const accountChannel = z.enum(['orders', 'executions', 'balances']);

/** What a client may say. */
export const clientMessage = z
  .union([
    z
      .strictObject({ op: z.literal('authenticate'), token: z.string().min(1).max(512) })
      .describe(
        'The first message, unless the header has the token; and the next token of the same person.',
      ),
    z.strictObject({ op: z.literal('ping') }).describe('Asks for a `pong`.'),
    z.strictObject({
      op: z.literal('subscribe'),
      channel: accountChannel,
      accountId,
      after: z
        .string()
        .max(64)
        .default('')
        .describe('The position of the last message seen; from now on unless told.'),
    }),
    z.strictObject({
      op: z.literal('subscribe'),
      channel: z.literal('market'),
      kinds: z
        .array(z.enum(['book', 'trade', 'ticker', 'status']))
        .min(1)
        .optional(),
      venues: names,
      instruments: names,
    }),
    z.strictObject({ op: z.literal('unsubscribe'), channel: accountChannel, accountId }),
    z.strictObject({ op: z.literal('unsubscribe'), channel: z.literal('market') }),
  ])
  .describe('What a client of the stream may say.')
  .meta({ examples: EXAMPLES.clientMessages })
  .register(requestSchemas, { id: 'StreamClientMessage' });

export type ClientMessage = z.output<typeof clientMessage>;
export type Subscribe = Extract<ClientMessage, { op: 'subscribe' }>;
export type AccountChannel = z.output<typeof accountChannel>;

/** A record is told to many clients: its data is made once. */
const DATA = new WeakMap<LogRecord, string>();

function dataOf(record: LogRecord): string {
  let text = DATA.get(record);
  if (text === undefined) {
    text = JSON.stringify(record.topic === 'orders.events' ? orderOf(record) : reportOf(record));
    DATA.set(record, text);
  }
  return text;
}

function orderOf(record: LogRecord) {
  const { order, previousStatus, occurredAtUs } = readOrderEvent(record);
  return { order: viewOfOrder(order), previousStatus, occurredAtUs };
}

const reportOf = (record: LogRecord) => executionReportToWire(readExecutionReport(record));

/**
 * What a client is told of one record. @throws MESSAGE_MALFORMED for one that nobody can read
 */
export function recordText(
  record: LogRecord,
  place: { readonly channel: AccountChannel; readonly position: string },
): string {
  const { channel, position } = place;
  const { eventId, correlationId } = record.headers;
  const frame = { channel, accountId: record.key, position, eventId, correlationId };
  return `${JSON.stringify(frame).slice(0, -1)},"data":${dataOf(record)}}`;
}

export function marketText(item: MarketItem): string {
  item.text ??= JSON.stringify({ channel: 'market', data: viewOfMarket(item.event) });
  return item.text;
}

function viewOfMarket(event: MarketEvent) {
  if (event.kind !== 'book') return event;
  const { bidPrices, bidSizes, askPrices, askSizes, bidCount, askCount, ...rest } = event;
  return {
    ...rest,
    bids: levels(bidPrices, bidSizes, bidCount),
    asks: levels(askPrices, askSizes, askCount),
  };
}

function levels(prices: Float64Array, sizes: Float64Array, count: number) {
  return Array.from({ length: count }, (_, index) => [prices[index], sizes[index]]);
}

export function errorText(error: AtsError): string {
  const { field, value, ...facts } = error.context;
  const { code, message, remedy, retry } = error;
  return JSON.stringify({
    type: 'error',
    error: { code, message, remedy, retry, field, value, facts },
  });
}
