import { ccxtErrors, spotSymbol } from '@ats/ccxt';
import { AtsError, type Listing, type Secret } from '@ats/domain';
import type { Logger, Timers, VenueConfig } from '@ats/runtime';
import type { VenueGatewayConfig } from '../config.ts';
import { type CcxtClient, openCcxtClient } from './ccxt/ccxt-client.ts';
import { CcxtConnector, type CcxtEndpoint } from './ccxt/ccxt-connector.ts';
import { failureClassifier } from './ccxt/failures.ts';
import { mayWithdraw } from './ccxt/permissions.ts';
import { profileOf } from './ccxt/profiles.ts';

export interface OpenConnectorOptions {
  readonly venue: string;
  readonly kind: 'simulated' | 'live';
  readonly section: VenueGatewayConfig['venueGateway'];
  readonly settings: VenueConfig;
  readonly listings: readonly Listing[];
  readonly timers: Timers;
  readonly logger: Logger;
  /** The key that the vault has for a venue; undefined when it has none. */
  readonly vaultKey: (venue: string) => Promise<Account | undefined>;
}

/** Keys that are worth nothing outside of the simulator begin so. */
const DEMO_KEY = /^demo-/;

/**
 * Opens the way to one venue: a client for each of its endpoints, its markets loaded.
 * @throws CONFIG_INVALID, VENUE_UNKNOWN, VENUE_DISCONNECTED
 */
export async function openCcxtConnector(options: OpenConnectorOptions): Promise<CcxtConnector> {
  const { venue, kind, section, settings, logger, timers } = options;
  // What is in the vault was put there on purpose; the simulator takes its demo keys alone.
  const kept = kind === 'live' ? await options.vaultKey(venue) : undefined;
  const account = kept ?? accountOf(options);
  const exchange = exchangeOf(options);
  const profile = profileOf(exchange);
  const stop = new AbortController();
  const rests = settings.rest.length === 0 ? [undefined] : settings.rest;
  const endpoints = await Promise.all(
    rests.map(async (rest) => ({
      name: rest ?? exchange,
      client: await openCcxtClient({
        exchange,
        redirect: kind === 'simulated' || rests.length > 1,
        rest,
        ws: kind === 'simulated' ? settings.ws[0] : undefined,
        apiKey: account.apiKey.reveal(),
        secret: account.secret.reveal(),
        passphrase: account.passphrase?.reveal(),
        timeoutMs: section.requestTimeoutMs,
        options: profile.options ?? {},
        serverErrorsMeanRefusal: profile.serverErrorsMeanRefusal === true,
        stopped: stop.signal,
      }),
    })),
  );
  const first = await firstThatAnswers(options, endpoints);
  if (kind === 'live') await refuseWithdrawals(options, first.client, exchange);
  for (const one of endpoints) if (one !== first) shareMarkets(first.client, one.client);
  return new CcxtConnector({
    kind,
    endpoints: [first, ...endpoints.filter((one) => one !== first)],
    profile,
    classify: failureClassifier(await ccxtErrors()),
    markets: marketsOf(options, first.client),
    stream: section.stream,
    sleep: (delayMs) => timers.sleep(delayMs),
    stop: () => stop.abort(),
    onFailover: (to) => logger.warn('venue.failover', 'the next endpoint is used', { venue, to }),
  });
}

export interface Account {
  readonly apiKey: Secret;
  readonly secret: Secret;
  readonly passphrase?: Secret | undefined;
}

function accountOf({ venue, kind, section }: OpenConnectorOptions): Account {
  const account = section.accounts[venue];
  const field = `venueGateway.accounts.${venue}`;
  const name = `ATS_VENUE_GATEWAY__ACCOUNTS__${venue.toUpperCase().replaceAll('-', '_')}`;
  const remedy = `Run "ats keys add ${venue}", or set ${name}__API_KEY and ${name}__SECRET.`;
  if (account === undefined) {
    throw new AtsError({
      code: 'CONFIG_INVALID',
      message: `${field} is missing: ${venue} is traded on with keys`,
      remedy,
      context: { field, value: '' },
    });
  }
  if (kind === 'live' && DEMO_KEY.test(account.apiKey.reveal())) {
    throw new AtsError({
      code: 'CONFIG_INVALID',
      message: `${field} has the simulator's demo keys, which no real exchange takes`,
      remedy,
      context: { field, value: '***' },
    });
  }
  return account;
}

function exchangeOf({ venue, section, settings }: OpenConnectorOptions): string {
  const named = section.exchanges[venue];
  if (named !== undefined) return named;
  const { feed } = settings;
  if (feed.startsWith('ccxt:')) return feed.slice('ccxt:'.length);
  return /^[a-z0-9]+$/.test(feed) ? feed : venue;
}

/** @returns the first endpoint that tells its markets. @throws VENUE_DISCONNECTED */
async function firstThatAnswers(
  { venue, logger }: OpenConnectorOptions,
  endpoints: readonly CcxtEndpoint[],
): Promise<CcxtEndpoint> {
  let cause: unknown;
  for (const endpoint of endpoints) {
    try {
      await endpoint.client.loadMarkets(true);
      return endpoint;
    } catch (error) {
      cause = error;
      logger.warn('venue.endpoint_failed', 'the endpoint does not tell its markets', {
        venue,
        endpoint: endpoint.name,
      });
    }
  }
  await Promise.allSettled(endpoints.map(({ client }) => client.close()));
  throw new AtsError({
    code: 'VENUE_DISCONNECTED',
    message: `${venue} does not tell its markets`,
    remedy: `Check the network, venues.${venue}.rest and the keys.`,
    retry: 'safe',
    context: { venue },
    cause,
  });
}

/**
 * Asks the exchange what the key in the vault may do.
 * @returns whether the exchange told. @throws KEY_CAN_WITHDRAW, ACCESS_UNKNOWN, VENUE_DISCONNECTED
 */
export async function testVaultKey(options: OpenConnectorOptions): Promise<boolean> {
  const { venue, section, settings } = options;
  const account = await options.vaultKey(venue);
  if (account === undefined) {
    throw new AtsError({
      code: 'ACCESS_UNKNOWN',
      message: `the vault has no key of ${venue}`,
      remedy: `Run "ats keys add ${venue}".`,
      context: { field: 'venue', value: venue },
    });
  }
  const exchange = exchangeOf(options);
  const stop = new AbortController();
  // A demo key is the simulator's; any other is asked about at the exchange itself.
  const redirect = DEMO_KEY.test(account.apiKey.reveal());
  const rest = redirect ? settings.rest[0] : undefined;
  const client = await openCcxtClient({
    ...{ exchange, redirect, rest, ws: undefined, stopped: stop.signal },
    apiKey: account.apiKey.reveal(),
    secret: account.secret.reveal(),
    passphrase: account.passphrase?.reveal(),
    timeoutMs: section.requestTimeoutMs,
    options: profileOf(exchange).options ?? {},
    serverErrorsMeanRefusal: false,
  });
  try {
    return await refuseWithdrawals(options, client, exchange);
  } catch (cause) {
    if (cause instanceof AtsError) throw cause;
    throw new AtsError({
      code: 'VENUE_DISCONNECTED',
      message: `${venue} did not say what the key may do (${(cause as Error).name})`,
      remedy: 'Check the network, and the key and its allowed addresses at the exchange.',
      retry: 'safe',
      context: { venue },
    });
  } finally {
    stop.abort();
    await client.close();
  }
}

/** @returns whether the exchange tells. @throws KEY_CAN_WITHDRAW */
async function refuseWithdrawals(
  { venue, logger }: OpenConnectorOptions,
  client: CcxtClient,
  exchange: string,
): Promise<boolean> {
  const may = await mayWithdraw(client, exchange);
  if (may === undefined) {
    logger.warn('venue.key_unchecked', 'the exchange does not tell what the key may do', { venue });
  }
  if (may !== true) return may !== undefined;
  const field = 'venue';
  throw new AtsError({
    code: 'KEY_CAN_WITHDRAW',
    message: `the key of ${venue} may withdraw money, which nothing here needs`,
    remedy: `Make a key at ${venue} that may trade and read only.`,
    context: { field, value: venue },
  });
}

function shareMarkets(from: CcxtClient, to: CcxtClient): void {
  const { markets, currencies } = from as unknown as { markets: unknown; currencies: unknown };
  const target = to as unknown as { setMarkets(markets: unknown, currencies: unknown): unknown };
  target.setMarkets(markets, currencies);
}

function marketsOf({ venue, listings }: OpenConnectorOptions, client: CcxtClient) {
  return new Map(
    listings.map((listing) => {
      const symbol = spotSymbol(client, listing.instrument) ?? spotSymbol(client, listing.symbol);
      if (symbol !== undefined) return [listing.instrument, { listing, symbol }] as const;
      throw new AtsError({
        code: 'INSTRUMENT_UNKNOWN',
        message: `${venue} lists no spot market ${listing.symbol} (${listing.instrument})`,
        remedy: `Correct venues.${venue}.listings.`,
        context: { venue, field: 'symbol', value: listing.symbol },
      });
    }),
  );
}
