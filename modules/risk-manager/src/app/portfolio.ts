import type { WireMessages } from '@ats/contracts';
import { type BookTop, Decimal, makeAlert } from '@ats/domain';
import { alertRecord } from '@ats/orders';
import type { Metrics, TimerHandle } from '@ats/runtime';
import type { MarketBus } from '@ats/storage';
import {
  type Disagreement,
  disagreements,
  LedgerAgreement,
} from '../domain/positions/ledger-agreement.ts';
import { realisedOf, unrealisedOf } from '../domain/positions/position.ts';
import { netByAsset, type PlacedPosition } from '../domain/positions/position-book.ts';
import { LedgerKeeper } from './ledger-keeper.ts';
import { type FollowerOptions, LogFollower } from './log-follower.ts';
import { PositionKeeper, type PositionListener } from './position-keeper.ts';

type WirePosition = WireMessages['ats.risk.v1.Position'];
type WirePnL = WireMessages['ats.risk.v1.GetPnLResponse'];

/** How often positions are held against the ledger, milliseconds. */
const CHECK_MS = 1000;
/** How long the two may differ by the same amount: a fill's records are no further apart. */
const PATIENCE_US = 30_000_000;
const HALF = Decimal.parse('0.5');
const PRICE = { scale: 12, rounding: 'half-even' } as const;

export interface PortfolioOptions extends FollowerOptions {
  readonly metrics: Metrics;
  /** What positions are marked by; without it they have no mark. */
  readonly bus: MarketBus | undefined;
  /** Told of positions and orders together. */
  readonly listener: PositionListener;
}

const text = (amount: Decimal): string => amount.normalized().toString();

/** What is held and what it has earned, held against the ledger all the time. */
export class Portfolio {
  private readonly options: PortfolioOptions;
  private readonly positions: PositionKeeper;
  private readonly ledger: LedgerKeeper;
  private readonly followers: readonly { close(): Promise<void>; trouble(): string }[];
  private readonly agreement = new LedgerAgreement({ patienceUs: PATIENCE_US });
  private disagreesSinceUs = 0;
  private readonly begin: () => Promise<void>;
  private checking: TimerHandle | undefined;

  constructor(options: PortfolioOptions) {
    this.options = options;
    this.positions = new PositionKeeper(options);
    this.ledger = new LedgerKeeper(options);
    const followers = [
      new LogFollower(options, this.positions),
      new LogFollower(options, this.ledger),
    ] as const;
    this.followers = followers;
    this.begin = async () => {
      for (const follower of followers) await follower.start();
    };
    const agrees = options.metrics.gauge({
      name: 'ats_risk_ledger_agrees_ratio',
      help: 'Whether positions make the profit that the ledger has, to the last digit: 1 or 0.',
      labels: [],
    });
    options.metrics.beforeCollect(() => agrees.set({}, this.disagreesSinceUs === 0 ? 1 : 0));
  }

  /** @throws when the store cannot be read */
  async start(): Promise<void> {
    await this.begin();
    this.checking = this.options.timers.every(CHECK_MS, () => this.check());
  }

  troubles(): readonly string[] {
    const behind = this.followers.map((follower) => follower.trouble());
    const wrong =
      this.disagreesSinceUs === 0 ? '' : 'positions and the ledger do not make the same profit';
    return [...behind, wrong].filter((one) => one !== '');
  }

  /** Positions that are open or ever were, by account, venue, instrument; empty names are any. */
  async list(wanted: {
    readonly accountId: string;
    readonly venue: string;
    readonly instrument: string;
  }): Promise<readonly WirePosition[]> {
    const matches = (asked: string, is: string): boolean => asked === '' || asked === is;
    const found = this.positions
      .all()
      .filter(
        (one) =>
          matches(wanted.accountId, one.accountId) &&
          matches(wanted.venue, one.venue) &&
          matches(wanted.instrument, one.instrument),
      );
    const books = await this.books();
    return found
      .map((one) => wireOf(one, books.get(`${one.venue} ${one.instrument}`)))
      .toSorted((a, b) => keyOf(a).localeCompare(keyOf(b)));
  }

  /** Profit of all fills by asset, as positions and as the ledger have it. */
  profit(): WirePnL {
    const ours = netByAsset(this.positions.all());
    const theirs = this.ledger.net();
    const assets = [...new Set([...ours.keys(), ...theirs.keys()])].toSorted();
    return {
      assets: assets.map((asset) => ({
        asset,
        net: text(ours.get(asset) ?? Decimal.ZERO),
        ledgerNet: text(theirs.get(asset) ?? Decimal.ZERO),
      })),
      agrees: this.disagreesSinceUs === 0,
    };
  }

  async close(): Promise<void> {
    this.checking?.cancel();
    await Promise.all(this.followers.map((follower) => follower.close()));
  }

  private async books(): Promise<ReadonlyMap<string, BookTop>> {
    const events = (await this.options.bus?.latest({ kinds: ['book'] })) ?? [];
    return new Map(
      events.flatMap((event) =>
        event.kind === 'book' ? [[`${event.venue} ${event.instrument}`, event] as const] : [],
      ),
    );
  }

  /** Says once that the two differ, and once that they agree again. */
  private check(): void {
    const { clock, logger, log } = this.options;
    const nowUs = clock.nowUs();
    const differing = disagreements(netByAsset(this.positions.all()), this.ledger.net());
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

function wireOf(placed: PlacedPosition, book: BookTop | undefined): WirePosition {
  const { accountId, venue, instrument, position, fees } = placed;
  const { quantity, cost } = position;
  const mark = markOf(book);
  return {
    ...{ accountId, venue, instrument },
    quantity: text(quantity),
    averagePrice: quantity.isZero() ? '' : text(cost.divide(quantity, PRICE)),
    cost: text(cost),
    realised: text(realisedOf(position)),
    mark: mark === undefined ? '' : text(mark),
    markedAtUs: mark === undefined ? 0 : (book?.receivedAtUs ?? 0),
    unrealised: mark === undefined ? '' : text(unrealisedOf(position, mark)),
    fees: Object.fromEntries([...fees].map(([asset, amount]) => [asset, text(amount)])),
  };
}

/** The middle of the book. */
function markOf(book: BookTop | undefined): Decimal | undefined {
  if (book === undefined || book.bidCount === 0 || book.askCount === 0) return undefined;
  const bid = Decimal.fromNumber(book.bidPrices[0] as number);
  return bid.add(Decimal.fromNumber(book.askPrices[0] as number)).multiply(HALF);
}
