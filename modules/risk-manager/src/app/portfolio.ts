import type { WireMessages } from '@ats/contracts';
import { type AssetId, AtsError, Decimal, makeAlert, orderId } from '@ats/domain';
import { alertRecord } from '@ats/orders';
import type { Metrics, TimerHandle } from '@ats/runtime';
import type { MarketBus } from '@ats/storage';
import {
  type Disagreement,
  disagreements,
  LedgerAgreement,
} from '../domain/positions/ledger-agreement.ts';
import { netByAsset, type PlacedPosition } from '../domain/positions/position-book.ts';
import type { Holding } from '../domain/positions/position-sums.ts';
import { LedgerKeeper } from './ledger-keeper.ts';
import { type FollowerOptions, LogFollower } from './log-follower.ts';
import { MarkBook } from './mark-book.ts';
import { PositionKeeper, type PositionListener } from './position-keeper.ts';
import {
  matches,
  type Owning,
  type PositionFilter,
  positionToWire,
  text,
  type WirePosition,
} from './position-wire.ts';
import { ProfitKeeper } from './profit-keeper.ts';
import { profitReport } from './profit-report.ts';
import { UnhedgedKeeper } from './unhedged-keeper.ts';

type PnLRequest = WireMessages['ats.risk.v1.GetPnLRequest'] & Owning;
type WirePnL = WireMessages['ats.risk.v1.GetPnLResponse'];

/** How often positions are held against the ledger, milliseconds. */
const CHECK_MS = 1000;
/** How long the two may differ by the same amount: a fill's records are no further apart. */
const PATIENCE_US = 30_000_000;
/** Orders whose counted fills can be asked for at once. */
const COUNTED_ORDERS_MAX = 500;

export interface PortfolioOptions extends FollowerOptions {
  readonly metrics: Metrics;
  /** What positions are marked by; without it they have no mark. */
  readonly bus: MarketBus | undefined;
  /** What profit is counted in. */
  readonly numeraire: AssetId;
  /** Where days begin. */
  readonly timeZone: string;
  /** Told of positions and orders together. */
  readonly listener: PositionListener;
}

/** What is held and what it has earned, held against the ledger all the time. */
export class Portfolio {
  readonly marks: MarkBook;
  readonly profit: ProfitKeeper;
  private readonly options: PortfolioOptions;
  private readonly positions: PositionKeeper;
  private readonly ledger: LedgerKeeper;
  private readonly followers: readonly Pick<
    LogFollower<unknown>,
    'start' | 'close' | 'trouble' | 'lag'
  >[];
  private readonly agreement = new LedgerAgreement({ patienceUs: PATIENCE_US });
  private disagreesSinceUs = 0;
  private checking: TimerHandle | undefined;

  constructor(options: PortfolioOptions) {
    this.options = options;
    this.positions = new PositionKeeper(options);
    this.ledger = new LedgerKeeper(options);
    const unhedged = new UnhedgedKeeper(options);
    this.followers = [
      new LogFollower(options, this.positions),
      new LogFollower(options, this.ledger),
      new LogFollower(options, unhedged),
    ];
    this.marks = new MarkBook(options);
    this.profit = new ProfitKeeper({
      ...options,
      ...{ positions: this.positions, ledger: this.ledger, unhedged, marks: this.marks },
      caughtUp: () => this.caughtUp(),
    });
    const agrees = options.metrics.gauge({
      name: 'ats_risk_ledger_agrees_ratio',
      help: 'Whether positions make the profit that the ledger has, to the last digit: 1 or 0.',
      labels: [],
    });
    options.metrics.beforeCollect(() => agrees.set({}, this.disagreesSinceUs === 0 ? 1 : 0));
  }

  /** @throws when the store cannot be read */
  async start(): Promise<void> {
    for (const follower of this.followers) await follower.start();
    await this.profit.load();
    this.checking = this.options.timers.every(CHECK_MS, () => this.check());
  }

  troubles(): readonly string[] {
    const behind = this.followers.map((follower) => follower.trouble());
    const wrong =
      this.disagreesSinceUs === 0 ? '' : 'positions and the ledger do not make the same profit';
    return [...behind, wrong, this.profit.trouble()].filter((one) => one !== '');
  }

  /**
   * How far orders are counted; positions that are listed after it have at least those fills.
   * @throws RPC_INVALID_ARGUMENT when asked for too many
   */
  async counted(orderIds: readonly string[]) {
    const most = COUNTED_ORDERS_MAX;
    if (orderIds.length > most) {
      throw new AtsError({
        code: 'RPC_INVALID_ARGUMENT',
        message: `order_ids holds ${orderIds.length} orders, expected at most ${most}`,
        remedy: `Ask for at most ${most} orders at once.`,
        context: { field: 'order_ids', value: orderIds.length },
      });
    }
    const quantities = await this.positions.counted(orderIds.map(orderId));
    return orderIds.map((id, index) => {
      return { orderId: id, quantity: text(quantities[index] ?? Decimal.ZERO) };
    });
  }

  /** Positions of all accounts added up by market. */
  byMarket(): readonly Holding[] {
    return this.positions.byMarket();
  }

  /** Positions that are open or ever were, in no order. */
  matching(filter: PositionFilter): readonly PlacedPosition[] {
    return this.positions.all().filter((one) => matches(filter, one));
  }

  /** A position as it is told, by the newest mark. */
  told(one: PlacedPosition): WirePosition {
    return positionToWire(one, this.marks.find(one.venue, one.instrument));
  }

  /** Positions that are open or ever were, by account, venue, instrument. */
  async list(filter: PositionFilter): Promise<readonly WirePosition[]> {
    await this.marks.refresh();
    return this.matching(filter)
      .map((one) => this.told(one))
      .toSorted((a, b) => keyOf(a).localeCompare(keyOf(b)));
  }

  /** Profit of all fills by asset, as positions and as the ledger have it, and in the numeraire. */
  async report(request: PnLRequest): Promise<WirePnL> {
    await this.marks.refresh();
    const ours = netByAsset(this.positions.byMarket());
    const theirs = this.ledger.net();
    const assets = [...new Set([...ours.keys(), ...theirs.keys()])].toSorted();
    const { positions, ledger, marks, profit, options } = this;
    return {
      assets: assets.map((asset) => ({
        asset,
        net: text(ours.get(asset) ?? Decimal.ZERO),
        ledgerNet: text(theirs.get(asset) ?? Decimal.ZERO),
      })),
      agrees: this.disagreesSinceUs === 0,
      ...profitReport({ ...options, positions, ledger, marks, profit }, request),
    };
  }

  async close(): Promise<void> {
    this.checking?.cancel();
    await Promise.all(this.followers.map((follower) => follower.close()));
    await this.profit.close();
  }

  private async caughtUp(): Promise<boolean> {
    const lags = await Promise.all(this.followers.map((follower) => follower.lag()));
    return lags.every((lag) => lag === 0);
  }

  /** Says once that the two differ, and once that they agree again. */
  private check(): void {
    const { clock, logger, log } = this.options;
    const nowUs = clock.nowUs();
    const differing = disagreements(netByAsset(this.positions.byMarket()), this.ledger.net());
    const [worst] = this.agreement.observe(differing, nowUs);
    const ended = worst === undefined && differing.length === 0 && this.disagreesSinceUs !== 0;
    if (worst === undefined && !ended) return;
    if (worst !== undefined && this.disagreesSinceUs !== 0) return;
    const raisedAtUs = ended ? this.disagreesSinceUs : nowUs;
    const alert = makeAlert({
      key: 'risk.ledger-disagrees',
      severity: 'critical',
      area: 'risk',
      summary:
        worst === undefined
          ? 'Positions and the ledger make the same profit again.'
          : describeDifference(worst),
      remedy: worst === undefined ? '' : 'Look for an order whose fills and postings differ.',
      raisedAtUs,
      resolvedAtUs: ended ? nowUs : undefined,
    });
    this.disagreesSinceUs = ended ? 0 : nowUs;
    logger[ended ? 'info' : 'error']('risk.ledger_agreement', alert.summary);
    log.append(alertRecord(alert, ended ? 'resolved' : 'raised')).catch((error: unknown) => {
      logger.error('risk.alert_lost', 'the log did not take an alert', { error });
    });
  }
}

const describeDifference = ({ asset, positions, ledger }: Disagreement): string =>
  `Positions make ${text(positions)} ${asset}, the ledger ${text(ledger)}.`;

const keyOf = ({ accountId, venue, instrument }: WirePosition): string =>
  `${accountId} ${venue} ${instrument}`;
