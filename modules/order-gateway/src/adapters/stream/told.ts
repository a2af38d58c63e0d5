import { z } from 'zod';
import { EXAMPLES } from '../http/examples.ts';
import { answerSchemas, balanceView, orderView } from '../http/schemas.ts';

const text = z.string();
const accountId = text;
const channel = z.enum(['orders', 'executions']);
const position = text.describe('Sent as `after` it resumes right behind this message.');

const market = {
  venue: text,
  instrument: text,
  exchangeTimeUs: z.int().describe("The venue's own time; 0 when it sends none."),
  receivedAtUs: z.int(),
};
const level = z.tuple([z.number(), z.number()]).describe('Price, quote per base, and size, base.');

const marketData = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('book'),
      ...market,
      sequence: z.int().describe("Counts this market's books; a gap means that some conflated."),
      bookAtUs: z.int().describe('When the book had been updated and published.'),
      bids: z.array(level).describe('Best first.'),
      asks: z.array(level).describe('Best first.'),
    }),
    z.strictObject({
      kind: z.literal('trade'),
      ...market,
      tradeId: text.describe("The venue's; empty when it sends none."),
      price: text.describe('Quote per base.'),
      size: text.describe('Base.'),
      aggressor: z.enum(['bid', 'ask', 'unknown']).describe('The side that took liquidity.'),
    }),
    z.strictObject({
      kind: z.literal('ticker'),
      ...market,
      ...{ bid: z.number(), bidSize: z.number(), ask: z.number(), askSize: z.number() },
      last: z.number(),
      volume24h: z.number().describe("Base traded in the venue's rolling day."),
    }),
    z.strictObject({
      kind: z.literal('status'),
      ...market,
      state: z.enum(['connecting', 'live', 'resyncing', 'stale', 'down']),
      reason: text.describe('Why a book may not be used, or may again, such as SEQUENCE_GAP.'),
    }),
  ])
  .describe('What a market tells.')
  .register(answerSchemas, { id: 'MarketData' });

const orderChange = z
  .strictObject({ order: orderView, previousStatus: text, occurredAtUs: z.int() })
  .describe('An order after a change.')
  .register(answerSchemas, { id: 'OrderChange' });

const record = {
  accountId,
  position,
  eventId: text.describe('The same event has the same id, however often it is told.'),
  correlationId: text,
};

/** Whatever a client of the stream can be told. */
export const serverMessage = z
  .union([
    z.strictObject({ type: z.literal('authenticated'), name: text }).describe('A token was taken.'),
    z.strictObject({ type: z.literal('pong') }).describe('Answers `ping`.'),
    z
      .strictObject({ type: z.literal('subscribed'), channel, accountId, position })
      .describe('A channel of records has begun.'),
    z
      .strictObject({ type: z.literal('subscribed'), channel: z.literal('balances'), accountId })
      .describe('All balances follow, then those that change.'),
    z
      .strictObject({ type: z.literal('subscribed'), channel: z.literal('market') })
      .describe('The newest books follow, then what comes.'),
    z
      .strictObject({
        type: z.literal('unsubscribed'),
        channel: z.enum(['orders', 'executions', 'balances', 'market']),
        accountId: accountId.optional(),
      })
      .describe('A channel has ended.'),
    z
      .strictObject({
        type: z.literal('error'),
        error: z.strictObject({
          code: text,
          message: text,
          remedy: text.optional(),
          retry: z.enum(['never', 'safe', 'unknown']),
          field: text.optional(),
          value: z.unknown(),
          facts: z.record(z.string(), z.unknown()),
        }),
      })
      .describe('A message was refused; the stream goes on.'),
    z
      .strictObject({ channel: z.literal('orders'), ...record, data: orderChange })
      .describe('An order has changed.'),
    z
      .strictObject({
        channel: z.literal('executions'),
        ...record,
        data: z
          .record(z.string(), z.unknown())
          .describe('`ats.execution.v1.ExecutionReport`, its fields in camelCase.'),
      })
      .describe('A venue has reported on an order.'),
    z
      .strictObject({ channel: z.literal('balances'), data: balanceView })
      .describe('A balance, the newest.'),
    z.strictObject({ channel: z.literal('market'), data: marketData }).describe('Market data.'),
  ])
  .describe('What a client of the stream is told.')
  .meta({ examples: EXAMPLES.serverMessages })
  .register(answerSchemas, { id: 'StreamServerMessage' });
