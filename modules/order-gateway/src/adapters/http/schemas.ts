import { ORDER_STATUSES } from '@ats/domain';
import { z } from 'zod';
import { ACCOUNT_PATTERN, ID_LENGTH_MAX, ID_PATTERN, ORDERS_MAX } from '../../domain/requests.ts';
import { EXAMPLES } from './examples.ts';

/** What requests and answers are made of, by the names that the OpenAPI document has for them. */
export const requestSchemas = z.registry<{ readonly id: string }>();
export const answerSchemas = z.registry<{ readonly id: string }>();

/** Longest text of a number, in characters. */
const NUMBER_LENGTH_MAX = 40;
const NUMBER_PATTERN = /^\d+(\.\d+)?$/;

const id = z.string().min(1).max(ID_LENGTH_MAX).regex(ID_PATTERN);
const name = z.string().min(1).max(40);

const figure = z
  .string({ error: 'expected a decimal as text, such as "0.25"' })
  .max(NUMBER_LENGTH_MAX)
  .regex(NUMBER_PATTERN, 'expected a plain decimal of 0 or more, such as "0.25"');

const requestId = id.describe(
  'The same id gives the same answer for ever. May be sent as the header Idempotency-Key instead.',
);
const accountId = z.string().regex(ACCOUNT_PATTERN).default('main').describe('Whose money.');

const orderShape = {
  clientOrderId: id.optional().describe('Your own name for the order; made up when absent.'),
  venue: name.describe('Venue name, such as binance.'),
  instrument: name.describe('BASE/QUOTE in common names, such as BTC/USDT.'),
  side: z.enum(['buy', 'sell']),
  type: z.enum(['limit', 'market']).default('limit'),
  timeInForce: z
    .enum(['gtc', 'ioc', 'fok'])
    .optional()
    .describe('gtc for a limit order and ioc for a market order unless told.'),
  quantity: figure.describe('Units of base.'),
  limitPrice: figure.optional().describe('Quote per base; for a limit order.'),
  postOnly: z.boolean().default(false).describe('Whether the order may only add liquidity.'),
};

const requestShape = {
  requestId: requestId.optional(),
  accountId,
  purpose: z
    .enum(['entry', 'unwind'])
    .default('entry')
    .describe('unwind passes a halt and needs the action orders.unwind.'),
  tradeId: id.optional().describe('The trade that the orders are legs of.'),
  sendBeforeUs: z
    .int()
    .min(0)
    .default(0)
    .describe('They expire unless sent by then; microseconds since 1970, 0 for no limit.'),
};

export const submitBody = z
  .strictObject({ ...requestShape, ...orderShape })
  .describe('One order.')
  .meta({ examples: [EXAMPLES.submit] })
  .register(requestSchemas, { id: 'SubmitOrder' });

const legBody = z
  .strictObject(orderShape)
  .describe('One of several.')
  .register(requestSchemas, { id: 'Leg' });

export const batchBody = z
  .strictObject({ ...requestShape, orders: z.array(legBody).min(1).max(ORDERS_MAX) })
  .describe('Orders that are all taken, or none.')
  .meta({ examples: [EXAMPLES.batch] })
  .register(requestSchemas, { id: 'SubmitBatch' });

export const replaceBody = z
  .strictObject({
    requestId: requestId.optional(),
    quantity: figure.describe('Units of base, what is filled already included.'),
    limitPrice: figure.describe('Quote per base.'),
  })
  .describe('New terms of a limit order that stands.')
  .meta({ examples: [EXAMPLES.replace] })
  .register(requestSchemas, { id: 'ReplaceOrder' });

export const cancelQuery = z.strictObject({ requestId: requestId.optional() });

const paging = {
  accountId,
  after: z.string().min(1).max(512).optional().describe('The next of the page before.'),
  limit: z.coerce.number().int().min(1).max(200).optional().describe('Most in one page.'),
};

export const ordersQuery = z.strictObject({
  ...paging,
  open: z
    .enum(['true', 'false'])
    .default('false')
    .describe('Only orders that have not ended, by order id; all are newest first.'),
});

export const balancesQuery = z.strictObject({ ...paging, venue: name.optional() });

export const orderParams = z.strictObject({ id });

const text = z.string();
const nullable = z.string().nullable();

export const orderView = z
  .object({
    orderId: text,
    accountId: text,
    tradeId: nullable,
    clientOrderId: text,
    venue: text,
    instrument: text,
    side: z.enum(['buy', 'sell']),
    type: z.enum(['limit', 'market']),
    timeInForce: z.enum(['gtc', 'ioc', 'fok']),
    postOnly: z.boolean(),
    purpose: z.enum(['entry', 'unwind']),
    quantity: text.describe('Units of base.'),
    limitPrice: nullable.describe('Quote per base; null for a market order.'),
    worstPrice: nullable.describe('What a market order may cost at worst, quote per base.'),
    status: z.enum(ORDER_STATUSES),
    venueOrderId: nullable.describe('Null until the venue has given it one.'),
    cumulativeQuantity: text.describe('Filled, units of base.'),
    leavesQuantity: text.describe('Open, units of base.'),
    averagePrice: nullable.describe('Of what is filled, quote per base.'),
    fees: z.array(z.object({ asset: text, amount: text })),
    pendingRequest: nullable.describe('cancel or replace while the venue has not answered it.'),
    sendBeforeUs: z.int().describe('It expires unless sent by then; 0 for no limit.'),
    createdAtUs: z.int(),
    updatedAtUs: z.int(),
    detail: text.describe('Why it ended, where there is something to say.'),
    version: z.int().describe('Grows with every change.'),
  })
  .describe('An order as it stands.')
  .register(answerSchemas, { id: 'Order' });

export type OrderView = z.output<typeof orderView>;

export const balanceView = z
  .object({
    accountId: text,
    venue: text,
    asset: text,
    available: text.describe('Units of the asset that can be spent.'),
    reserved: text.describe('Units of the asset that open orders hold.'),
  })
  .describe('What an account has of an asset at a venue.')
  .register(answerSchemas, { id: 'Balance' });

export type BalanceView = z.output<typeof balanceView>;

const next = nullable.describe('Sent as `after` it gives the next page; null at the last.');

export const orderAnswer = z
  .object({ order: orderView })
  .describe('The order.')
  .meta({ examples: [EXAMPLES.order] })
  .register(answerSchemas, { id: 'OrderAnswer' });
export const ordersAnswer = z
  .object({ orders: z.array(orderView) })
  .describe('The orders, in the order of the request.')
  .meta({ examples: [EXAMPLES.orders] })
  .register(answerSchemas, { id: 'OrdersAnswer' });
export const orderPage = z
  .object({ orders: z.array(orderView), next })
  .describe('A page of orders.')
  .meta({ examples: [EXAMPLES.orderPage] })
  .register(answerSchemas, { id: 'OrderPage' });
export const balancePage = z
  .object({ balances: z.array(balanceView), next })
  .describe('A page of balances.')
  .meta({ examples: [EXAMPLES.balancePage] })
  .register(answerSchemas, { id: 'BalancePage' });

export const problem = z
  .object({
    error: z.object({
      code: text,
      message: text,
      remedy: nullable,
      retry: z.enum(['never', 'safe', 'unknown']),
      field: nullable,
      value: z.unknown(),
      correlationId: text,
      facts: z.record(z.string(), z.unknown()),
    }),
  })
  .describe('What is wrong and what to do; code is for programs.')
  .meta({ examples: [EXAMPLES.problem] })
  .register(answerSchemas, { id: 'Problem' });
