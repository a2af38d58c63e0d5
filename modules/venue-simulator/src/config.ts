import { decimalText, sharedConfigShape } from '@ats/runtime';
import { z } from 'zod';
import { faultSchema } from './app/fault-schema.ts';

const positive = z.number().positive();
const port = z.int().min(0).max(65_535);
const assetName = z.string().regex(/^[A-Z0-9]+$/, 'expected an asset in capitals, such as BTC');

/** A customer of one simulated exchange. Its key and secret open nothing in the world outside. */
const accountSchema = z.strictObject({
  name: z.string().min(1).describe('Names the customer.'),
  apiKey: z
    .string()
    .min(1)
    .describe('Opens the account at the simulated exchange, and nothing else.'),
  secret: z.string().min(1).describe("Signs its requests; base64 at Kraken, as Kraken's are."),
  passphrase: z.string().min(1).optional().describe('Where the exchange has one.'),
  feeIn: z
    .enum(['quote', 'received'])
    .default('quote')
    .describe('What fees are taken in: the quote asset, or whatever an order receives.'),
  mayWithdraw: z
    .boolean()
    .default(false)
    .describe('What the exchange says of the key; nothing is ever withdrawn by one.'),
  balances: z.record(assetName, decimalText).describe('Money at the start, by asset.'),
});

const simulatorSchema = z
  .strictObject({
    host: z.string().min(1).describe('The interface that the exchanges listen on.'),
    ports: z
      .record(z.string(), port)
      .describe("Port of each venue's server; 0, or no entry, picks a free one."),
    stepMs: z
      .int()
      .min(1)
      .max(100)
      .describe('Market time of one step; also how often the process looks at the clock.'),
    catchUpStepsMax: z
      .int()
      .min(1)
      .max(1000)
      .describe('Steps made up for at once after a delay; time beyond them is skipped.'),
    rate: z
      .number()
      .min(0.01)
      .max(1000)
      .describe('Multiplies the background orders of all markets.'),
    levels: z.int().min(1).max(100).describe('Levels that makers quote on each side.'),
    connectionsMax: z.int().min(1).max(10_000).describe('Sockets at once, at each exchange.'),
    sendBufferBytesMax: z
      .int()
      .min(1024)
      .max(1_073_741_824)
      .describe('Bytes queued for a client that does not read, before it is disconnected.'),
    requestBytesMax: z.int().min(64).max(1_048_576).describe('Largest request.'),
    dislocations: z
      .strictObject({
        pauseMsMin: z.int().min(1).max(3_600_000).describe('Least time between two.'),
        pauseMsMax: z.int().min(1).max(3_600_000).describe('Most time between two.'),
        edgeBpsMax: z.number().min(0).max(1000).describe('How far it moves.'),
      })
      .describe('How one exchange moves away from the others.'),
    assets: z
      .record(
        assetName,
        z.strictObject({
          priceUsd: positive.describe('Price at the start.'),
          volatilityAnnual: z
            .number()
            .min(0)
            .max(20)
            .describe('Standard deviation of a year, 0.5 is 50%.'),
          updatesPerSecond: positive.max(10_000).describe('Background orders at each exchange.'),
          halfSpreadBps: positive.max(1000).describe('Half of the spread that makers quote.'),
          orderUsd: positive.describe('What a usual order is worth.'),
        }),
      )
      .describe('The market model by asset.'),
    money: z
      .record(
        assetName,
        z.strictObject({
          unitsPerUsd: positive.describe('Units for a US dollar.'),
          deviationBps: z.number().min(0).max(1000).describe('How far the rate moves from that.'),
        }),
      )
      .describe('The moneys that are quoted in.'),
    venues: z
      .record(
        z.string(),
        z.strictObject({
          lagMs: z.number().min(1).max(60_000).describe('How late it follows.'),
          noiseBps: z.number().min(0).max(1000).describe('Noise of its price.'),
          spreadFactor: positive.max(1000).describe('Multiplies spreads.'),
          sizeFactor: positive.max(1000).describe('Multiplies sizes.'),
        }),
      )
      .describe('How each exchange follows the one efficient price.'),
    accounts: z
      .record(z.string(), z.array(accountSchema).max(1000))
      .describe('Customers by venue; names and API keys are unique within one.'),
    accountLimits: z
      .strictObject({
        openOrdersMax: z.int().min(1).max(100_000).describe('Orders that may be open.'),
        closedOrdersMax: z
          .int()
          .min(1)
          .max(1_000_000)
          .describe('Orders that are done and still remembered.'),
        tradesMax: z.int().min(1).max(1_000_000).describe('Trades that are remembered.'),
      })
      .describe('What the exchange keeps of one customer.'),
    journalFile: z
      .string()
      .default('')
      .describe(
        "Where each account's order is noted with the book that it met; nowhere when empty.",
      ),
    faults: z
      .array(faultSchema)
      .max(100)
      .describe("In force from the start; the simulator's README lists them."),
  })
  .refine(({ dislocations }) => dislocations.pauseMsMin <= dislocations.pauseMsMax, {
    path: ['dislocations', 'pauseMsMax'],
    message: 'expected a number not below pauseMsMin',
  })
  .superRefine(({ accounts }, context) => {
    for (const [venue, list] of Object.entries(accounts)) {
      for (const field of ['apiKey', 'name'] as const) {
        const values = list.map((one) => one[field]);
        const at = values.findIndex((value, index) => values.indexOf(value) !== index);
        if (at < 0) continue;
        const what = field === 'name' ? 'a name' : 'an API key';
        const message = `expected ${what} that no other account of the venue has`;
        context.addIssue({ code: 'custom', path: ['accounts', venue, at, field], message });
      }
    }
  });

/** The sections of the configuration that the simulator reads. */
export const simulatorConfigSchema = z.object({
  seed: sharedConfigShape.seed,
  log: sharedConfigShape.log,
  admin: sharedConfigShape.admin,
  assets: sharedConfigShape.assets,
  venues: sharedConfigShape.venues,
  simulator: simulatorSchema.describe(
    'The five simulated exchanges of mode sim: a process of its own, a function of ' + '`seed`.',
  ),
});

export type SimulatorConfig = z.output<typeof simulatorConfigSchema>;
