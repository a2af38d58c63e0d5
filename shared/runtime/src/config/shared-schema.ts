import { Decimal } from '@ats/domain';
import { z } from 'zod';
import { termProblem } from './sharing-term.ts';

const DECIMAL = /^\d+(\.\d+)?$/;

/** A decimal of record in the config: written as text, or as a number that prints plainly. */
export const decimalText = z
  .union([z.string(), z.number().transform(String)])
  .refine((text) => DECIMAL.test(text), 'expected a decimal of 0 or more, such as "0.001"')
  .meta({ kind: 'decimal' });

/** Like `decimalText`, parsed, and above zero. */
const positiveDecimal = decimalText
  .transform((text) => Decimal.parse(text))
  .refine((value) => !value.isZero(), 'expected a decimal above 0');

const instrumentText = z
  .string()
  .regex(/^[A-Z0-9]+\/[A-Z0-9]+$/, 'expected BASE/QUOTE in capitals, such as BTC/USDT');

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

const port = z.int().min(0).max(65_535).describe('Its port; 0 picks a free one.');

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
  network: z
    .string()
    .min(1)
    .describe(
      'Where the asset lives, such as bitcoin or ethereum; `fiat` for money of states. ' +
        'The same letters on two networks are two assets.',
    ),
  contract: z
    .string()
    .min(1)
    .optional()
    .describe("The token's contract on its network; absent for a network's own coin."),
  bridge: z
    .boolean()
    .optional()
    .describe(
      'Whether it is a coin that others are quoted in: ETH/BTC is then traded by ' +
        'triangles and not compared with ETH/USDT.',
    ),
});

const listingSchema = z.strictObject({
  instrument: instrumentText.describe('What is traded, BASE/QUOTE in capitals.'),
  symbol: z.string().min(1).describe("The venue's own name of it."),
  tick: positiveDecimal.describe('Smallest step of a price, in the quote asset.'),
  step: positiveDecimal.describe('Smallest step of a quantity, in the base asset.'),
  quantityMin: positiveDecimal.describe('Least quantity of an order, in the base asset.'),
  notionalMin: positiveDecimal.describe('Least value of an order, in the quote asset.'),
  feeBps: decimalText
    .optional()
    .describe("Taker fee of this listing where it differs from the venue's."),
});

export const venueSchema = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether the venue is watched and traded on.'),
  feed: z
    .string()
    .min(1)
    .describe(
      'The adapter: a name of the registry (binance, upbit, coinbase, kraken, ' +
        'bitfinex), `ccxt:<exchange>`, or the path of an adapter file.',
    ),
  ws: z
    .array(z.url({ protocol: /^wss?$/ }))
    .default([])
    .describe('WebSocket endpoints, tried in order.'),
  rest: z
    .array(z.url({ protocol: /^https?$/ }))
    .default([])
    .describe('REST endpoints, tried in order.'),
  fees: z
    .strictObject({
      takerBps: decimalText.describe('Fee of an order that trades at once.'),
      makerBps: decimalText.describe('Fee of an order that waited in the book.'),
    })
    .describe('What the venue takes of a trade.'),
  listings: z
    .array(listingSchema)
    .min(1)
    .describe('The instruments that are watched and traded there.'),
});

export type VenueConfig = z.output<typeof venueSchema>;

/** The sections that more than one service reads. A module's schema extends this shape. */
export const sharedConfigShape = {
  profile: z
    .enum(['embedded', 'distributed'])
    .describe(
      'How services are composed: all in one process on local storage, or one process ' +
        'each on Redis, Kafka, DynamoDB, InfluxDB and S3. Brings the file of its name.',
    ),
  mode: z
    .enum(['sim', 'paper', 'live'])
    .describe(
      'Which market: the simulated exchanges, real prices with orders filled on paper, ' +
        'or real orders with real money.',
    ),
  seed: z
    .int()
    .describe(
      'Seed of the simulated market and of every random stream: the same seed gives ' +
        'the same market.',
    ),
  log: z
    .strictObject({
      level: z
        .enum(LOG_LEVELS)
        .meta({ description: 'Least severe level that is written.', hot: true }),
    })
    .describe('Log lines: JSON, one a line.'),
  tracing: z
    .strictObject({
      endpoint: z
        .union([z.literal(''), z.url({ protocol: /^https?$/ })])
        .describe(
          'Where spans go, OTLP over HTTP, such as http://127.0.0.1:4318; empty: nowhere, and ' +
            'nothing is worked out for them.',
        ),
      headers: z
        .string()
        .describe('Headers of what is sent there, name=value with commas between; secret.'),
      sampleRatio: z
        .number()
        .min(0)
        .max(1)
        .describe('Which part of requests is kept, 0 to 1; trades and orders are kept always.'),
      queueSpans: z
        .int()
        .min(1)
        .max(1_000_000)
        .describe(
          'Spans that may wait for the collector; what does not fit is counted and dropped.',
        ),
    })
    .default({ endpoint: '', headers: '', sampleRatio: 0.05, queueSpans: 8192 })
    .describe('Traces of requests and trades, for an OpenTelemetry collector.'),
  bus: z
    .strictObject({
      url: z.string().min(1).describe('`memory:` within one process, or redis://HOST:PORT.'),
    })
    .describe('Where market data is published: newest wins, nobody is waited for.'),
  tickStore: z
    .strictObject({
      url: z
        .string()
        .min(1)
        .describe('parquet:FOLDER, or influxdb://HOST:PORT/ORGANISATION/BUCKET.'),
      batchSize: z.int().min(1).max(1_000_000).describe('Rows that are written at once.'),
      flushIntervalMs: z
        .int()
        .min(10)
        .max(3_600_000)
        .describe('Longest that a row waits for its batch.'),
      queueMax: z
        .int()
        .min(1)
        .describe('Rows that may wait; what does not fit is counted and dropped.'),
      spool: z
        .strictObject({
          folder: z.string().min(1).describe('Each process has a folder of its own in it.'),
          bytesMax: z.int().min(1_000_000).describe('Most that one process keeps there.'),
        })
        .describe('Where rows for InfluxDB wait on the disk while it is away.'),
    })
    .describe('Where quotes, trades, opportunities and alerts are kept over time.'),
  eventLog: z
    .strictObject({
      url: z.string().min(1).describe('lmdb:FOLDER, or kafka://HOST:PORT?replicas=N.'),
      queueMax: z
        .int()
        .min(1)
        .max(1_000_000)
        .describe('Records and commits that may wait for the disk or the brokers.'),
      queueBytesMax: z
        .int()
        .min(1_000_000)
        .max(2 ** 30)
        .describe('The same in bytes.'),
    })
    .describe('What happened: durable before it is acknowledged.'),
  stateStore: z
    .strictObject({
      url: z
        .string()
        .min(1)
        .describe(
          'lmdb:FOLDER, dynamodb://REGION (AWS) or dynamodb+http://HOST:PORT (DynamoDB Local).',
        ),
      queueMax: z.int().min(1).max(1_000_000).describe('Transactions that may wait for the disk.'),
    })
    .describe('What is true now: transactions, all or nothing.'),
  archive: z
    .strictObject({
      url: z
        .string()
        .min(1)
        .describe('file:FOLDER, or s3://BUCKET/PREFIX?endpoint=URL&region=REGION&retentionDays=N.'),
    })
    .describe('What happened for ever: written once.'),
  sharing: z
    .strictObject({
      enabled: z.boolean().describe('Whether there may be several instances of a service.'),
      instance: z
        .string()
        .regex(/^([a-z0-9][a-z0-9-]{0,30})?$/, 'expected a short lower-case name')
        .describe(
          'Tells this instance of a service from the others; empty for the only one. It names ' +
            'outboxes and leases.',
        ),
      termMs: z
        .int()
        .min(300)
        .max(600_000)
        .describe(
          'After so long without a renewal another instance takes over; at most two thirds of ' +
            "the log's session time-out (&sessionMs= of kafka://, 10 s unless told).",
        ),
    })
    .default({ enabled: false, instance: '', termMs: 5000 })
    .describe('How instances of one service share its work, by leases in the state store.'),
  rpc: z
    .strictObject({
      deadlineMs: z
        .int()
        .min(1)
        .max(60_000)
        .describe('Deadline of a call between services unless it has its own.'),
      riskAddress: address.describe('Where the risk manager listens, and where others find it.'),
      engineAddress: address.describe('The same of the trading engine.'),
      orderAddress: address.describe('The same of the order gateway.'),
      ledgerAddress: address.describe('The same of the OMS, which keeps the ledger.'),
      venueAddress: address.describe('The same of the venue gateway.'),
      auditAddress: address.describe('The same of the audit exporter.'),
      notificationAddress: address.describe('The same of the notification service.'),
      backtestAddress: address.describe('The same of the backtest service.'),
      accessAddress: address.describe(
        'The same of the access service; `ats config reload` asks here too.',
      ),
      marketDataAddress: address.describe('The same of the price collector.'),
    })
    .describe('Calls between services, gRPC.'),
  security: z
    .strictObject({
      folder: z
        .string()
        .min(1)
        .describe('Keys, certificates and the vault; readable by the user alone who runs ATS.'),
      hosts: z
        .array(z.string().min(1))
        .min(1)
        .max(100)
        .describe('Names and addresses that services are found at, for their certificates.'),
      certificateDays: z
        .int()
        .min(1)
        .max(397)
        .describe(
          'A certificate that the local authority makes is good for so long; it is renewed ' +
            'before.',
        ),
      rememberMs: z
        .int()
        .min(0)
        .max(60_000)
        .describe('For so long a session that was ended may still be known elsewhere.'),
      tls: z
        .strictObject({
          authorityFile: z
            .string()
            .min(1)
            .describe('Certificate of the authority that all services trust.'),
          certificateFile: z
            .string()
            .min(1)
            .describe("The service's certificate, in the service's name."),
          keyFile: z.string().min(1).describe('Its private key.'),
        })
        .optional()
        .describe("An authority of one's own, PEM; absent: a local one is made."),
    })
    .describe(
      'Certificates, keys and the vault. Whoever may read the key of the authority ' +
        'here is the operator of this machine.',
    ),
  admin: z
    .strictObject({
      host: z
        .string()
        .min(1)
        .describe('The interface they listen on; they ask for nothing, so keep it private.'),
      hosts: z
        .partialRecord(z.enum(SERVICE_NAMES), z.string().min(1))
        .default({})
        .describe(
          'Where the dashboard asks a service. One that is not named is asked at `admin.host`, or ' +
            'where that is every interface at the host of its address in `rpc`.',
        ),
      ports: z
        .strictObject({
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
        })
        .describe('Port by service; 0 picks a free one.'),
    })
    .describe('/metrics, /healthz and /readyz of each service.'),
  reloadOnChange: z
    .boolean()
    .describe('Whether a file of settings that changes is read again, as by `ats config reload`.'),
  killSwitchFile: z
    .string()
    .min(1)
    .describe(
      'While this file is there nothing new is traded, whatever else is down; `ats ' +
        'resume` removes it.',
    ),
  drainMs: z
    .int()
    .min(100)
    .max(600_000)
    .describe('Longest that all services together may take to stop.'),
  assets: z
    .record(z.string().regex(/^[A-Z0-9]+$/), assetSchema)
    .describe(
      'Every asset by its name: network and contract tell apart what has the same letters.',
    ),
  venues: z
    .record(z.string().regex(/^[a-z][a-z0-9-]*$/), venueSchema)
    .describe('The exchanges by name. Lists are replaced as a whole by a later layer.'),
} as const;

export const sharedConfigSchema = z.object(sharedConfigShape).superRefine((config, context) => {
  const message = termProblem(config);
  if (message !== undefined) {
    context.addIssue({ code: 'custom', path: ['sharing', 'termMs'], message });
  }
});
export type SharedConfig = z.output<typeof sharedConfigSchema>;
