import type { Clock } from '@ats/runtime';
import type { StateStore, TransactItem } from '@ats/storage';
import { alertFigures, type DigestFigures, type QuarterCounts } from '../domain/digest.ts';
import { openMessage } from '../domain/message.ts';
import { BELL } from '../domain/person.ts';
import type { Standing } from '../domain/standing.ts';
import { tradeFigures } from '../domain/trade-figures.ts';
import { quarterOf } from '../domain/trade-tally.ts';
import { daysBeforeUs, nextTimeOfDayUs } from '../domain/zoned-time.ts';
import { keys } from './keys.ts';
import type { DigestTime, NotificationState } from './notification-state.ts';
import { put } from './stored.ts';
import type { TradeKeeper } from './trade-keeper.ts';

const OUTCOMES = new Set(['delivered', 'dead']);
/** Windows of profit beside the day. */
const LONGER_DAYS = [7, 30] as const;
/** How long a digest waits for the log of trades to be read to its end. */
const PATIENCE_US = 60_000_000;

export interface DigestDeskOptions {
  readonly state: NotificationState;
  readonly store: Pick<StateStore, 'query'>;
  readonly clock: Clock;
  readonly trades: Pick<TradeKeeper, 'tallies' | 'countedUntil'>;
  /** What other services say; never rejects. */
  readonly standing: () => Promise<Standing>;
}

/** Writes everybody's digest when it is due. */
export class DigestDesk {
  private readonly options: DigestDeskOptions;

  constructor(options: DigestDeskOptions) {
    this.options = options;
  }

  /** Everybody who has a rule for it gets a digest of each day on that rule's channel. */
  async tick(): Promise<void> {
    const { state, clock } = this.options;
    const nowUs = clock.nowUs();
    let standing: Promise<Standing> | undefined;
    for (const { personId, channel, frequency } of [...state.rules.values()]) {
      const person = state.people.get(personId);
      if (frequency !== 'daily' || channel === BELL || person === undefined) continue;
      const { digestAt, zone } = person;
      const time = state.digests.get(`${personId}/${channel}`);
      // With many rules, reckoning with zones in every round would be noticed by those who trade.
      const same = time?.digestAt === digestAt && time.zone === zone;
      if (same && time.nextAtUs > nowUs) continue;
      const nextAtUs = nextTimeOfDayUs(nowUs, digestAt, zone);
      const next: DigestTime = { personId, channel, digestAt, zone, nextAtUs };
      if (time === undefined || time.nextAtUs > nowUs) {
        await this.setTime(next);
        continue;
      }
      const complete = await this.isComplete(time.nextAtUs);
      if (!complete && nowUs < time.nextAtUs + PATIENCE_US) continue;
      standing ??= this.options.standing();
      await this.send(time, next, await this.figures(time, next, { complete, standing }));
    }
  }

  private setTime(time: DigestTime): Promise<void> {
    const { state } = this.options;
    const { personId, channel } = time;
    return state.change(() => {
      const apply = (): void => void state.digests.set(`${personId}/${channel}`, time);
      return { items: [put(keys.digest(personId, channel), time)], apply, result: undefined };
    });
  }

  private async isComplete(toUs: number): Promise<boolean> {
    try {
      return await this.options.trades.countedUntil(toUs);
    } catch {
      return false;
    }
  }

  /** Of days that were missed the last one is told. Days begin and end between two quarters. */
  private async figures(
    { nextAtUs }: DigestTime,
    next: DigestTime,
    how: { readonly complete: boolean; readonly standing: Promise<Standing> },
  ): Promise<DigestFigures> {
    const { state, trades } = this.options;
    const { zone } = next;
    const back = (timeUs: number, days: number): number => daysBeforeUs(timeUs, days, zone);
    const toUs = quarterOf(Math.max(nextAtUs, back(next.nextAtUs, 1)));
    const span = { fromUs: back(toUs, 1), toUs };
    const longer = LONGER_DAYS.map((days) => ({ days, fromUs: back(toUs, days) }));
    const fromUs = Math.min(...longer.map((one) => one.fromUs));
    const { complete } = how;
    const [counts, quarters, standing] = await Promise.all([
      this.counts(span.fromUs),
      trades.tallies({ fromUs, toUs }),
      how.standing,
    ]);
    return {
      ...{ ...span, standing },
      alerts: alertFigures(span, counts, state.conditions.values()),
      trades: tradeFigures(quarters, { ...span, longer, complete }),
    };
  }

  /** The digest and the time of the next one are one transaction: none twice, none missing. */
  private send({ nextAtUs }: DigestTime, next: DigestTime, digest: DigestFigures): Promise<void> {
    const { state, clock } = this.options;
    const { personId, channel } = next;
    return state.change(() => {
      const message = {
        ...openMessage({
          ...{ personId, channel, group: 'digest', nowUs: clock.nowUs(), dueAtUs: nextAtUs },
          firstDeliveryId: String(nextAtUs),
        }),
        ...{ digest, sealed: true },
      };
      const items: TransactItem[] = [
        put(keys.pending(message.messageId), message),
        put(keys.digest(personId, channel), next),
      ];
      const apply = (): void => {
        state.pending.set(message.messageId, message);
        state.digests.set(`${personId}/${channel}`, next);
      };
      return { items, apply, result: undefined };
    });
  }

  private async counts(fromUs: number): Promise<readonly QuarterCounts[]> {
    const after = keys.tally(Math.max(0, fromUs - 1)).sort;
    const query = { table: 'notifications', partition: 'tally', after, limit: 200 } as const;
    const { items } = await this.options.store.query(query);
    return items.map(({ key, attributes }) => {
      const counts = Object.entries(attributes).map(([name, count]) => [name, Number(count)]);
      const raised = Object.fromEntries(counts.filter(([name]) => !OUTCOMES.has(String(name))));
      const { delivered = 0, dead = 0 } = Object.fromEntries(counts);
      return { quarterUs: Number(key.sort), raised, delivered, dead };
    });
  }
}
