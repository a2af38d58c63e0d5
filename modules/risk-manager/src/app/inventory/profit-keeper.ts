import { arbitrageTradeFromWire, wireCodec } from '@ats/contracts';
import { type ArbitrageTrade, type AssetId, Decimal } from '@ats/domain';
import type { LogRecord } from '@ats/storage';
import { type Place, ratesOf } from '../../domain/inventory/flow.ts';
import type { Kept } from '../log-follower.ts';
import type { FlowKeeper, KeeperOptions } from './flow-keeper.ts';
import { type Addition, WindowSums } from './window-sums.ts';

const TRADE = wireCodec('ats.execution.v1.ArbitrageTrade');

/** What trades have earned that took an asset at a place, from the engine's trades that ended. */
export class ProfitKeeper implements Kept<ArbitrageTrade> {
  readonly topic = 'trades';
  readonly purpose = 'inventory';
  private readonly options: ProfitKeeperOptions;
  private readonly sums: WindowSums<'profit'>;

  constructor(options: ProfitKeeperOptions) {
    this.options = options;
    this.sums = new WindowSums({
      ...options,
      windowUs: options.rules.windowUs,
      partition: 'inventory-profit',
      names: ['profit'],
    });
  }

  /**
   * Numeraire an hour: what it is lately, or over the whole window if that is more. A place that is
   * empty earns nothing, and is worth as much as before all the same.
   */
  perHour(place: Place): number {
    const { clock, flows, rules } = this.options;
    const amounts = this.sums.of(place).map(({ startUs, sums: { profit } }) => {
      return { startUs, amount: profit.toNumber() };
    });
    const watch = { sinceUs: flows.watchedSinceUs(place.accountId), nowUs: clock.nowUs() };
    const { recent, window } = ratesOf(amounts, watch, rules);
    return Math.max(0, recent, window);
  }

  read({ payload }: LogRecord): ArbitrageTrade | undefined {
    const trade = arbitrageTradeFromWire(TRADE.decode(payload));
    const { waterfall, numeraire, updatedAtUs } = trade;
    const counts = waterfall !== undefined && numeraire === this.options.numeraire;
    return counts && !this.sums.isPast(updatedAtUs) ? trade : undefined;
  }

  load(): Promise<void> {
    return this.sums.load();
  }

  itemsOf(trade: ArbitrageTrade): readonly string[] {
    return this.sums.itemsOf(additionOf(trade));
  }

  count(trades: readonly ArbitrageTrade[]): Promise<boolean> {
    const additions = trades.map(additionOf);
    return this.sums.add(additions.filter(({ parts }) => parts.length > 0));
  }
}

export type ProfitKeeperOptions = KeeperOptions & {
  /** Trades that count profit in other money are passed over. */
  readonly numeraire: AssetId;
  readonly flows: FlowKeeper;
};

/** What a trade adds at each place where it took something. */
function additionOf(trade: ArbitrageTrade): Addition<'profit'> {
  const sums = { profit: trade.waterfall?.realised ?? Decimal.ZERO };
  const parts = placesTaken(trade).map((place) => ({ place, sums }));
  return { eventId: trade.tradeId, atUs: trade.updatedAtUs, parts };
}

/** Where a trade took something: the money where it bought, the base where it sold. */
function placesTaken({ accountId, legs }: ArbitrageTrade): readonly Place[] {
  return legs.map(({ venue, instrument, side }) => {
    const [base, quote] = instrument.split('/') as [AssetId, AssetId];
    return { accountId, venue, asset: side === 'sell' ? base : quote };
  });
}
