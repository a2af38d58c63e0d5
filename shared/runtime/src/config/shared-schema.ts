import { type Asset, assetId, Decimal, type Listing, venueId } from '@ats/domain';
import { z } from 'zod';

const DECIMAL = /^\d+(\.\d+)?$/;

/** A decimal of record in the config: written as text, or as a number that prints plainly. */
export const decimalText = z
  .union([z.string(), z.number().transform(String)])
  .refine((text) => DECIMAL.test(text), 'expected a decimal of 0 or more, such as "0.001"');

/** Like `decimalText`, parsed, and above zero. */
const positiveDecimal = decimalText
  .transform((text) => Decimal.parse(text))
  .refine((value) => !value.isZero(), 'expected a decimal above 0');

const instrumentText = z
  .string()
  .regex(/^[A-Z0-9]+\/[A-Z0-9]+$/, 'expected BASE/QUOTE in capitals, such as BTC/USDT');

const port = z.int().min(0).max(65_535);

const address = z
  .string()
  .regex(/^[^:,]+:\d+(,[^:,]+:\d+)*$/, 'expected host:port, or several with commas between');

export const SERVICE_NAMES = [
  'venue-simulator',
  'price-collector',
  'trading-engine',
  'risk-manager',
  'order-gateway',
  'oms-core',
  'venue-gateway',
  'audit-exporter',
  'notification',
  'access',
  'backtest',
  'ui-dashboard',
] as const;

const assetSchema = z.strictObject({
  network: z.string().min(1),
  contract: z.string().min(1).optional(),
  /** A coin that others are quoted in; money is not. */
  bridge: z.boolean().optional(),
});

const listingSchema = z.strictObject({
  instrument: instrumentText,
  symbol: z.string().min(1),
  tick: positiveDecimal,
  step: positiveDecimal,
  quantityMin: positiveDecimal,
  notionalMin: positiveDecimal,
  /** Taker fee of this listing where it differs from the venue's, in basis points. */
  feeBps: decimalText.optional(),
});

export const venueSchema = z.strictObject({
  enabled: z.boolean().default(true),
  /** A name of the registry, `ccxt:<exchange>`, or the path of an adapter file. */
  feed: z.string().min(1),
  /** WebSocket endpoints, tried in order. */
  ws: z.array(z.url({ protocol: /^wss?$/ })).default([]),
  /** REST endpoints, tried in order. */
  rest: z.array(z.url({ protocol: /^https?$/ })).default([]),
  fees: z.strictObject({ takerBps: decimalText, makerBps: decimalText }),
  listings: z.array(listingSchema).min(1),
});

export type VenueConfig = z.output<typeof venueSchema>;

/** How instances of one service share its work, by leases in the state store. */
const sharingSchema = z.strictObject({
  enabled: z.boolean(),
  /** Tells this instance of a service from the others; empty for the only one. */
  instance: z.string().regex(/^([a-z0-9][a-z0-9-]{0,30})?$/, 'expected a short lower-case name'),
  /** After so long without a renewal another instance takes over. */
  termMs: z.int().min(300).max(600_000),
});

/** The sections that more than one service reads. A module's schema extends this shape. */
export const sharedConfigShape = {
  profile: z.enum(['embedded', 'distributed']),
  mode: z.enum(['sim', 'paper', 'live']),
  seed: z.int(),
  log: z.strictObject({ level: z.enum(['debug', 'info', 'warn', 'error', 'silent']) }),
  bus: z.strictObject({ url: z.string().min(1) }),
  tickStore: z.strictObject({
    url: z.string().min(1),
    batchSize: z.int().min(1).max(1_000_000),
    flushIntervalMs: z.int().min(10).max(3_600_000),
    queueMax: z.int().min(1),
    /** Where ticks for InfluxDB wait on the disk while it is away, and how much of them. */
    spool: z.strictObject({
      folder: z.string().min(1),
      bytesMax: z.int().min(1_000_000),
    }),
  }),
  eventLog: z.strictObject({
    url: z.string().min(1),
    /** Records and commits that may wait for the disk or the brokers. */
    queueMax: z.int().min(1).max(1_000_000),
    queueBytesMax: z
      .int()
      .min(1_000_000)
      .max(2 ** 30),
  }),
  stateStore: z.strictObject({
    url: z.string().min(1),
    /** Transactions that may wait for the disk. */
    queueMax: z.int().min(1).max(1_000_000),
  }),
  archive: z.strictObject({ url: z.string().min(1) }),
  sharing: sharingSchema.default({ enabled: false, instance: '', termMs: 5000 }),
  rpc: z.strictObject({
    /** Default deadline of a call between services. */
    deadlineMs: z.int().min(1).max(60_000),
    /** Where the gRPC server of each service listens and others find it; several: instances. */
    riskAddress: address,
    engineAddress: address,
    orderAddress: address,
    ledgerAddress: address,
    venueAddress: address,
    auditAddress: address,
    notificationAddress: address,
    backtestAddress: address,
    accessAddress: address,
    marketDataAddress: address,
  }),
  security: z.strictObject({
    /** Keys, certificates and the vault; for the user alone who runs ATS. */
    folder: z.string().min(1),
    /** Names and addresses that services are found at, for their certificates. */
    hosts: z.array(z.string().min(1)).min(1).max(100),
    /** A certificate that the local authority makes is good for so long. */
    certificateDays: z.int().min(1).max(397),
    /** For so long a session that was ended may still be known elsewhere. */
    rememberMs: z.int().min(0).max(60_000),
    /** PEM files of an authority of one's own; the certificate's name is the service's. */
    tls: z
      .strictObject({
        authorityFile: z.string().min(1),
        certificateFile: z.string().min(1),
        keyFile: z.string().min(1),
      })
      .optional(),
  }),
  admin: z.strictObject({
    host: z.string().min(1),
    ports: z.strictObject({
      'venue-simulator': port,
      'price-collector': port,
      'trading-engine': port,
      'risk-manager': port,
      'order-gateway': port,
      'oms-core': port,
      'venue-gateway': port,
      'audit-exporter': port,
      notification: port,
      access: port,
      backtest: port,
      'ui-dashboard': port,
    }),
  }),
  /** While this file is there nothing new is traded, whatever else is down. */
  killSwitchFile: z.string().min(1),
  /** Longest that all services together may take to stop. */
  drainMs: z.int().min(100).max(600_000),
  assets: z.record(z.string().regex(/^[A-Z0-9]+$/), assetSchema),
  venues: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), venueSchema),
} as const;

export const sharedConfigSchema = z.object(sharedConfigShape);
export type SharedConfig = z.output<typeof sharedConfigSchema>;

/** Every listing of the enabled venues, with assets and fees resolved. */
export function listingsOf(config: Pick<SharedConfig, 'assets' | 'venues'>): readonly Listing[] {
  const asset = (name: string): Asset => {
    const { network, contract, bridge } = config.assets[name] ?? { network: 'unknown' };
    return {
      ...{ id: assetId(name), network },
      ...(contract === undefined ? {} : { contract }),
      ...(bridge === true ? { bridge } : {}),
    };
  };
  return Object.entries(config.venues)
    .filter(([, venue]) => venue.enabled)
    .flatMap(([name, venue]) =>
      venue.listings.map((listing): Listing => {
        const [base = '', quote = ''] = listing.instrument.split('/');
        return {
          venue: venueId(name),
          instrument: listing.instrument as Listing['instrument'],
          symbol: listing.symbol,
          base: asset(base),
          quote: asset(quote),
          priceTick: listing.tick,
          quantityStep: listing.step,
          quantityMin: listing.quantityMin,
          notionalMin: listing.notionalMin,
          fees: {
            takerBps: Decimal.parse(listing.feeBps ?? venue.fees.takerBps),
            makerBps: Decimal.parse(listing.feeBps ?? venue.fees.makerBps),
          },
        };
      }),
    );
}

/** Rules that span sections: every listed asset is described, no symbol stands twice. */
export function crossCheck(
  config: Pick<SharedConfig, 'assets' | 'venues'>,
  report: (problem: { path: readonly (string | number)[]; message: string }) => void,
): void {
  for (const [name, venue] of Object.entries(config.venues)) {
    const seen = new Set<string>();
    for (const [index, listing] of venue.listings.entries()) {
      const path = ['venues', name, 'listings', index];
      for (const asset of listing.instrument.split('/')) {
        if (config.assets[asset] !== undefined) continue;
        const message = `asset ${asset} is not described: add it under assets with its network`;
        report({ path: [...path, 'instrument'], message });
      }
      for (const key of [listing.instrument, listing.symbol]) {
        if (seen.has(key) && listing.instrument !== listing.symbol) {
          report({ path, message: `${key} is listed twice: remove one` });
        }
      }
      seen.add(listing.instrument).add(listing.symbol);
    }
  }
}
