import { Decimal, type Listing } from '@ats/domain';
import {
  type ConfigTree,
  type LoadedConfig,
  listingsOf,
  parseConfig,
  withLayer,
} from '@ats/runtime';
import type { Session } from '../../adapters/parity/session-reader.ts';
import { type BacktestConfig, backtestConfigSchema } from '../../config.ts';
import { OF_THIS_MACHINE } from '../run-config.ts';

/** What a session ran with, as far as a replay of it needs to know. */
export interface SessionConfig {
  readonly loaded: LoadedConfig;
  readonly config: BacktestConfig;
  readonly listings: readonly Listing[];
  feeIn(venue: string): 'quote' | 'received';
}

/** The session's own configuration, with nothing of this machine. @throws CONFIG_INVALID */
export function sessionConfig({ head }: Session): SessionConfig {
  const layer = { source: 'session.json', values: head.configuration };
  const own = { layers: [layer], values: layer.values } as LoadedConfig;
  const { engine: _, ...rest } = OF_THIS_MACHINE;
  // Tokens are masked in it, and nobody calls a replay.
  const gateway = { tokens: [] };
  const venueGateway = unlimited(head.configuration['venueGateway']);
  const loaded = withLayer(own, {
    source: 'the replay',
    values: { ...rest, venueGateway, gateway },
  });
  const config = parseConfig(loaded, backtestConfigSchema);
  const { simulator } = head.configuration as {
    simulator?: { accounts?: Record<string, { feeIn?: string }[]> };
  };
  return {
    loaded,
    config,
    listings: listingsOf(config),
    feeIn: (venue) =>
      simulator?.accounts?.[venue]?.[0]?.feeIn === 'received' ? 'received' : 'quote',
  };
}

/** What a desk waited for is in the times of its orders already. */
function unlimited(venueGateway: unknown): ConfigTree {
  const { budgets = {} } = (venueGateway ?? {}) as { budgets?: Record<string, unknown> };
  const most = { perSecond: 10_000, burst: 10_000 };
  const all = Object.keys(budgets).map((venue) => [venue, most] as const);
  return { budgets: Object.fromEntries(all), concurrencyMax: 1000 };
}

interface BalanceWire {
  readonly venue: string;
  readonly asset: string;
  readonly available: string;
  readonly reserved: string;
}

/**
 * What was held before the first order left, by `venue asset`: the engine was told so last. At
 * the very start the ledger may not have taken over yet what the venues hold.
 */
export function openingOf({ inputs, sent }: Session): ReadonlyMap<string, Decimal> {
  const firstUs = Math.min(...sent.map(({ sentAtUs }) => sentAtUs));
  let balances: readonly BalanceWire[] = [];
  for (const row of inputs) {
    if (row.atUs > firstUs) break;
    if (row.kind !== 'call' || !row.key.startsWith('GetBalances ')) continue;
    ({ balances = [] } = (row.answer ?? {}) as { balances?: readonly BalanceWire[] });
  }
  return new Map(
    balances.map(({ venue, asset, available, reserved }) => [
      `${venue} ${asset}`,
      Decimal.parse(available).add(Decimal.parse(reserved || '0')),
    ]),
  );
}
