import { decimalText, sharedConfigShape } from '@ats/runtime';
import { z } from 'zod';
import { faultSchema } from './app/fault-schema.ts';

const positive = z.number().positive();
const port = z.int().min(0).max(65_535);
const assetName = z.string().regex(/^[A-Z0-9]+$/, 'expected an asset in capitals, such as BTC');

/** A customer of one simulated exchange. Its key and secret open nothing in the world outside. */
const accountSchema = z.strictObject({
  name: z.string().min(1),
  apiKey: z.string().min(1),
  secret: z.string().min(1),
  /** Where the exchange has one. */
  passphrase: z.string().min(1).optional(),
  /** What fees are taken in: the quote asset, or whatever an order receives. */
  feeIn: z.enum(['quote', 'received']).default('quote'),
  /** What the exchange says of the key; nothing is ever withdrawn by one. */
  mayWithdraw: z.boolean().default(false),
  balances: z.record(assetName, decimalText),
});

const simulatorSchema = z
  .strictObject({
    host: z.string().min(1),
    /** Port of each venue's server; 0, or no entry, picks a free one. */
    ports: z.record(z.string(), port),
    /** Market time of one step; also how often the process looks at the clock. */
    stepMs: z.int().min(1).max(100),
    /** Steps made up for at once after a delay; time beyond them is skipped. */
    catchUpStepsMax: z.int().min(1).max(1000),
    /** Multiplies the background orders of all markets. */
    rate: z.number().min(0.01).max(1000),
    /** Levels that makers quote on each side. */
    levels: z.int().min(1).max(100),
    connectionsMax: z.int().min(1).max(10_000),
    /** Bytes queued for a client that does not read, before it is disconnected. */
    sendBufferBytesMax: z.int().min(1024).max(1_073_741_824),
    requestBytesMax: z.int().min(64).max(1_048_576),
    dislocations: z.strictObject({
      pauseMsMin: z.int().min(1).max(3_600_000),
      pauseMsMax: z.int().min(1).max(3_600_000),
      edgeBpsMax: z.number().min(0).max(1000),
    }),
    assets: z.record(
      assetName,
      z.strictObject({
        priceUsd: positive,
        volatilityAnnual: z.number().min(0).max(20),
        updatesPerSecond: positive.max(10_000),
        halfSpreadBps: positive.max(1000),
        orderUsd: positive,
      }),
    ),
    money: z.record(
      assetName,
      z.strictObject({ unitsPerUsd: positive, deviationBps: z.number().min(0).max(1000) }),
    ),
    venues: z.record(
      z.string(),
      z.strictObject({
        lagMs: z.number().min(1).max(60_000),
        noiseBps: z.number().min(0).max(1000),
        spreadFactor: positive.max(1000),
        sizeFactor: positive.max(1000),
      }),
    ),
    /** By venue; names and API keys are unique within one. */
    accounts: z.record(z.string(), z.array(accountSchema).max(1000)),
    accountLimits: z.strictObject({
      openOrdersMax: z.int().min(1).max(100_000),
      /** Orders that are done and trades that an account remembers. */
      closedOrdersMax: z.int().min(1).max(1_000_000),
      tradesMax: z.int().min(1).max(1_000_000),
    }),
    /** Where each account's order is noted with the book that it met; nowhere when empty. */
    journalFile: z.string().default(''),
    /** In force from the start; see the admin API. */
    faults: z.array(faultSchema).max(100),
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
  simulator: simulatorSchema,
});

export type SimulatorConfig = z.output<typeof simulatorConfigSchema>;
