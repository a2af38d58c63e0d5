import {
  assetId,
  Decimal,
  deriveClientOrderId,
  type InstrumentId,
  marketId,
  type OrderId,
  type VenueId,
} from '@ats/domain';
import { seededRandom, virtualClock, virtualTimers } from '@ats/runtime';
import { MemoryEventLog, memoryStateStore, openMemoryMarketBus } from '@ats/storage';
import type { AccountTrade } from '@ats/venue-simulator';
import { withoutNetwork } from '../../adapters/network-guard.ts';
import { marketRowsOf, type Session } from '../../adapters/parity/session-reader.ts';
import type { ParityFill, ParityOrder } from '../../domain/parity/compare.ts';
import { Composition } from '../composition.ts';
import { checkRun } from '../ledger-against-venues.ts';
import { showTop } from '../live-top.ts';
import { noMetrics, WarningLogger, watchedStore, watchedTimers } from '../quiet.ts';
import { TapeVenue } from '../tape-venue.ts';
import { Valuation } from '../valuation.ts';
import { tappedContext } from './engine-tap.ts';
import { ReplayTap } from './replay-tap.ts';
import { replayVenue, type SentOrder, sentOrders } from './replay-venue.ts';
import { openingOf, sessionConfig } from './session-config.ts';
import { SessionPlayer } from './session-player.ts';

const WARM_UP_US = 30_000_000;
const TRADING_US = 2_000_000;
const DRAIN_US = 1_200_000_000;
const ANSWER_MS_MAX = 60_000;

/** What a replay came to, beside what the session had. */
export interface Replayed {
  readonly orders: readonly ParityOrder[];
  readonly verdicts: ReplayTap['verdicts'];
  readonly late: readonly string[];
  readonly ledger: { readonly balanced: boolean; readonly differences: readonly string[] };
  /** One unit of each asset in the numeraire at the end, as the books had it. */
  readonly rates: ReadonlyMap<string, Decimal>;
  readonly numeraire: string;
  readonly events: number;
  readonly warnings: readonly string[];
  readonly sent: readonly SentOrder[];
}

/** Plays a session through the live code on virtual time, its venues matching by themselves. */
export function replaySession(session: Session): Promise<Replayed> {
  return withoutNetwork('the replay of a session', () => replay(session));
}

async function replay(session: Session): Promise<Replayed> {
  const { inputs, markets, folder } = session;
  const run = sessionConfig(session);
  const { config, listings, loaded } = run;
  const timers = virtualTimers(virtualClock(0));
  const { clock } = timers;
  const logger = new WarningLogger();
  const bus = openMemoryMarketBus({ logger, metrics: noMetrics });
  const tap = new ReplayTap(timers, inputs);
  let stopping: (() => void) | undefined;
  const player = new SessionPlayer({
    ...{ timers, bus, tap, markets, inputs, books: marketRowsOf(folder) },
    onStop: () => stopping?.(),
  });
  const serviceTimers = watchedTimers(timers, player.touch);
  const sent = sentOrders(session.sent, session.met);
  const queues = Map.groupBy(sent, (one) => one.sent.clientOrderId);
  const ends = endsOf(session);
  const fills: AccountTrade[] = [];
  const submitted = new Map<string, ParityOrder>();
  const opening = openingOf(session);
  const names = [...new Set(listings.map(({ venue }) => venue))];
  const venues = new Map<VenueId, TapeVenue>(
    names.map((venue) => {
      const own = listings.filter((one) => one.venue === venue);
      const assets = own.flatMap(({ base, quote }) => [base.id, quote.id]);
      const tape = new TapeVenue({
        ...{ venue, listings: own, clock, timers: serviceTimers },
        deposits: new Map(
          assets.map((asset) => [asset, opening.get(`${venue} ${asset}`) ?? Decimal.ZERO]),
        ),
        feeIn: run.feeIn(venue),
        feeAsset: undefined,
        tiers: undefined,
        latencyUs: () => 0,
        rejectShare: 0,
        random: seededRandom(0).stream('parity'),
        outages: [],
        answerMsMax: ANSWER_MS_MAX,
        asListed: true,
        catchUp: () => undefined,
        onFill: (trade) => fills.push(trade),
      });
      return [venue, tape];
    }),
  );
  const connectors = new Map(
    [...venues].map(([venue, tape]) => {
      const connector = replayVenue(tape, {
        ...{ clock, timers: serviceTimers },
        next: (clientOrderId) => queues.get(clientOrderId)?.shift(),
        endOf: (clientOrderId) => ends.get(clientOrderId),
        showNewest(market, instrument) {
          const known = player.tops.get(
            marketId({ venue, instrument: instrument as InstrumentId }),
          );
          market.clear();
          if (known !== undefined) showTop(market, known.top, clock.nowUs());
        },
      });
      const submit: typeof connector.submit = (order) => {
        const { clientOrderId, instrument, side, limitPrice, quantity } = order;
        const sentAtUs = clock.nowUs();
        if (!submitted.has(clientOrderId)) {
          const terms = {
            price: limitPrice,
            quantity,
            sentAtUs,
            arrivedAtUs: 0,
            knownAtUs: 0,
            fills: [],
          };
          submitted.set(clientOrderId, { clientOrderId, venue, instrument, side, ...terms });
        }
        return connector.submit(order);
      };
      const noted = new Proxy(connector, {
        get: (target, name) => (name === 'submit' ? submit : Reflect.get(target, name)),
      });
      return [venue, noted] as const;
    }),
  );
  const state = watchedStore(memoryStateStore(clock), player.touch);
  const log = new MemoryEventLog({ clock, timers: serviceTimers, onCall: player.touch });
  const composition = new Composition({
    ...{ loaded, clock, timers: serviceTimers, touch: player.touch, logger, bus, state, log },
    random: seededRandom(0),
    venues: connectors,
    tops: player.tops,
    engineContext: (context) => tappedContext(context, tap),
  });
  const fromUs = (inputs[0]?.atUs ?? 0) - 1000;
  clock.setUs(fromUs - WARM_UP_US);
  await player.until(composition.startOrderPath(), fromUs);
  await agree(player, composition, timers, fromUs);
  await player.pass(fromUs - TRADING_US);
  await player.until(composition.startGates(), fromUs);
  await player.pass(fromUs);
  const engine = await player.playUntil(composition.startEngine());
  let drained: Promise<void> | undefined;
  stopping = () => {
    drained = engine.drain();
  };
  await player.play();
  tap.end();
  drained ??= engine.drain();
  await player.until(drained, clock.nowUs() + DRAIN_US);
  const numeraire = config.engine.numeraire;
  const valuation = new Valuation({ bus, listings, venues, numeraire });
  await valuation.refresh();
  const ledger = await checkRun({ player, log, venues, timers }, composition);
  const assets = [...new Set(listings.flatMap(({ base, quote }) => [base.id, quote.id]))];
  return {
    orders: withFills(submitted, fills),
    verdicts: tap.verdicts,
    late: tap.late,
    ledger,
    rates: new Map(
      assets.flatMap((asset) => {
        const rate = valuation.rateOf(assetId(asset));
        return rate === undefined ? [] : [[asset, rate] as const];
      }),
    ),
    numeraire,
    events: player.events,
    warnings: [...logger.warnings].map(
      ([event, { count, first }]) => `${event} ${count}: ${first}`,
    ),
    sent,
  };
}

async function agree(
  player: SessionPlayer,
  composition: Composition,
  timers: ReturnType<typeof virtualTimers>,
  fromUs: number,
): Promise<void> {
  const lastUs = fromUs - TRADING_US;
  let reasons: readonly string[] = ['nothing was compared'];
  while (reasons.length > 0 && timers.clock.nowUs() < lastUs) {
    await player.pass(timers.clock.nowUs() + 100_000);
    reasons = await player.until(composition.disagreements(), fromUs);
  }
}

/** When the session saw the end of each order, by client order id. */
function endsOf({ inputs }: Session): ReadonlyMap<string, number> {
  const ends = new Map<string, number>();
  for (const row of inputs) {
    if (row.kind !== 'orders') continue;
    for (const { orderId } of row.orders) {
      const source = { orderId: orderId as OrderId, revision: 0 };
      ends.set(deriveClientOrderId(source), row.atUs);
    }
  }
  return ends;
}

function withFills(
  submitted: ReadonlyMap<string, ParityOrder>,
  trades: readonly AccountTrade[],
): readonly ParityOrder[] {
  const byOrder = Map.groupBy(trades, ({ clientOrderId = '' }) => clientOrderId);
  return [...submitted.values()].map((order) => {
    const own = byOrder.get(order.clientOrderId) ?? [];
    const fills = own.map(
      ({ price, quantity, fee, feeAsset }): ParityFill => ({ price, quantity, fee, feeAsset }),
    );
    return { ...order, arrivedAtUs: own[0]?.timeUs ?? 0, fills };
  });
}
