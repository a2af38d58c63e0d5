import { AtsError, Decimal, type Listing, type VenueId } from '@ats/domain';
import {
  type ConfigTree,
  type LoadedConfig,
  listingsOf,
  parseConfig,
  setLayer,
  withLayer,
} from '@ats/runtime';
import { type BacktestConfig, backtestConfigSchema, type FeeSettings } from '../config.ts';
import type { RunSpec } from '../domain/run-record.ts';
import type { Tape, TapeMarket } from '../domain/tape.ts';

export interface RunConfig {
  /** What the live parts are started with. */
  readonly loaded: LoadedConfig;
  readonly config: BacktestConfig;
  /** Listings of the markets that are on the tapes. */
  readonly listings: readonly Listing[];
  /** Markets of tapes that no venue lists. */
  readonly unlisted: readonly TapeMarket[];
}

const marketName = ({ venue, instrument }: TapeMarket): string => `${venue} ${instrument}`;

/**
 * The configuration of one run: the settings of the spec over everything, only the markets of
 * the tapes, nothing of this machine.
 * @throws CONFIG_INVALID
 */
export function runConfigOf(parts: {
  readonly loaded: LoadedConfig;
  readonly spec: RunSpec;
  readonly tapes: readonly Tape[];
}): RunConfig {
  const { spec, tapes } = parts;
  const assignments = Object.entries(spec.settings).map(([path, value]) => `${path}=${value}`);
  const { values } = setLayer([
    ...assignments,
    `seed=${spec.seed}`,
    ...(spec.strategy === '' ? [] : [`engine.strategy=${spec.strategy}`]),
  ]);
  const asked = withLayer(parts.loaded, { source: "the run's settings", values });
  const config = parseConfig(asked, backtestConfigSchema);
  const markets = new Map(
    tapes.flatMap((tape) => tape.markets).map((market) => [marketName(market), market]),
  );
  const listed = new Set(listingsOf(config).map(marketName));
  const loaded = withLayer(asked, {
    source: 'the backtest',
    values: { ...OF_THIS_MACHINE, venues: venuesOf(config, markets) },
  });
  const listings = listingsOf(parseConfig(loaded, backtestConfigSchema));
  if (listings.length === 0) throw nothingListed([...markets.keys()], spec);
  const unlisted = [...markets].flatMap(([name, market]) => (listed.has(name) ? [] : [market]));
  return { loaded, config, listings, unlisted };
}

const DRAIN_TRADES_MS = 600_000;

/** What would make a run differ from machine to machine, or stop it for reasons of today. */
export const OF_THIS_MACHINE: ConfigTree = {
  risk: { halted: false, approvalKey: 'signs-approvals-of-backtested-orders-alone' },
  oms: { reconciliation: { adopt: 'opening' } },
  // Longer than any unwind may take: at the end every trade has ended.
  engine: { drainTradesMs: DRAIN_TRADES_MS },
};

/** Venues with their listings on the tapes alone, and with the fees of the tier at the start. */
function venuesOf(config: BacktestConfig, markets: ReadonlyMap<string, TapeMarket>): ConfigTree {
  const venues = Object.entries(config.venues).map(([name, venue]) => {
    const listings = venue.listings.filter(({ instrument }) =>
      markets.has(`${name} ${instrument}`),
    );
    if (listings.length === 0 || !venue.enabled) return [name, { enabled: false }] as const;
    const fees = startFees(config.backtest.fees[name]);
    const texts = listings.map(({ tick, step, quantityMin, notionalMin, feeBps, ...rest }) => ({
      ...rest,
      ...{ tick: String(tick), step: String(step) },
      ...{ quantityMin: String(quantityMin), notionalMin: String(notionalMin) },
      ...(feeBps === undefined || fees !== undefined ? {} : { feeBps }),
    }));
    return [name, { listings: texts, ...(fees === undefined ? {} : { fees }) }] as const;
  });
  return Object.fromEntries(venues);
}

function startFees(settings: FeeSettings | undefined): ConfigTree | undefined {
  const tier = settings?.tiers.findLast(({ volume }) => !volume.greaterThan(settings.volume));
  if (tier === undefined) return undefined;
  return { takerBps: String(tier.takerBps), makerBps: String(tier.makerBps) };
}

/** What a venue holds at the start; every asset of its listings has an entry. */
export function depositsOf(
  config: BacktestConfig,
  venue: VenueId,
  listings: readonly Listing[],
): ReadonlyMap<string, Decimal> {
  const settings = config.backtest.balances[venue] ?? {};
  const assets = listings.flatMap(({ base, quote }) => [base.id, quote.id]);
  const feeAsset = config.backtest.fees[venue]?.asset ?? 'quote';
  const named = feeAsset === 'quote' || feeAsset === 'received' ? [] : [feeAsset];
  return new Map(
    [...new Set<string>([...assets, ...named])].map((asset) => [
      asset,
      settings[asset] ?? Decimal.ZERO,
    ]),
  );
}

function nothingListed(markets: readonly string[], spec: RunSpec): AtsError {
  return new AtsError({
    code: 'CONFIG_INVALID',
    message: `none of the tapes' markets is listed by an enabled venue: ${markets.join(', ')}`,
    remedy: 'Add them under venues.<name>.listings, and their assets under assets.',
    context: { field: 'tapes', value: spec.tapes.join(' ') },
  });
}
