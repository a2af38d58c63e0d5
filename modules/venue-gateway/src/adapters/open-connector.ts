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
}

/** Keys that are worth nothing outside of the simulator begin so. */
const DEMO_KEY = /^demo-/;

/**
 * Opens the way to one venue: a client for each of its endpoints, its markets loaded.
 * @throws CONFIG_INVALID, VENUE_UNKNOWN, VENUE_DISCONNECTED
 */
export async function openCcxtConnector(options: OpenConnectorOptions): Promise<CcxtConnector> {
  const { venue, kind, section, settings, logger, timers } = options;
  const account = accountOf(options);
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

interface Account {
  readonly apiKey: Secret;
  readonly secret: Secret;
  readonly passphrase?: Secret | undefined;
}

function accountOf({ venue, kind, section }: OpenConnectorOptions): Account {
  const account = section.accounts[venue];
  const field = `venueGateway.accounts.${venue}`;
  const name = `ATS_VENUE_GATEWAY__ACCOUNTS__${venue.toUpperCase().replaceAll('-', '_')}`;
  const remedy = `Set ${name}__API_KEY and ${name}__SECRET in the environment.`;
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

async function refuseWithdrawals(
  { venue, logger }: OpenConnectorOptions,
  client: CcxtClient,
  exchange: string,
): Promise<void> {
  const may = await mayWithdraw(client, exchange);
  if (may === undefined) {
    logger.warn('venue.key_unchecked', 'the exchange does not tell what the key may do', { venue });
  }
  if (may !== true) return;
  const field = `venueGateway.accounts.${venue}`;
  throw new AtsError({
    code: 'CONFIG_INVALID',
    message: `the key of ${field} may withdraw money, which nothing here needs`,
    remedy: `Make a key at ${venue} that may trade and read only.`,
    context: { field, value: '***' },
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
