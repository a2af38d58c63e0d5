import { alertToWire, type WireMessages } from '@ats/contracts';
import { type Alert, AtsError, isAtLeast, type Severity } from '@ats/domain';
import type { ServerStream, TimerHandle, Timers } from '@ats/runtime';
import type { PlacedPosition } from '../domain/positions/position-book.ts';
import type { MarkBook } from './mark-book.ts';
import type { PositionFilter, WirePosition } from './position-wire.ts';
import type { RiskAlerts } from './risk-alerts.ts';

type AlertResponse = WireMessages['ats.risk.v1.StreamRiskAlertsResponse'];
type PositionResponse = WireMessages['ats.risk.v1.StreamPositionUpdatesResponse'];

/** Streams of one kind that may be open at once. */
const STREAMS_MAX = 200;
/** How often positions that have changed are sent. */
const CONFLATE_MS = 500;
/** Positions in one message, and looked at before others have their turn. */
const POSITIONS_MAX = 200;

function checkRoom(open: number): void {
  if (open < STREAMS_MAX) return;
  throw new AtsError({
    code: 'RPC_UNAVAILABLE',
    message: `${STREAMS_MAX} streams are open`,
    remedy: 'Close some.',
    retry: 'safe',
  });
}

/** Alerts about risk for many followers. */
export class AlertStreams {
  private readonly alerts: RiskAlerts;
  private open = 0;

  constructor(alerts: RiskAlerts) {
    this.alerts = alerts;
  }

  /** @returns what ends it. @throws RPC_UNAVAILABLE when too many are open */
  follow(
    wanted: { readonly openFirst: boolean; readonly severityMin: Severity },
    stream: ServerStream<AlertResponse>,
  ): () => void {
    checkRoom(this.open);
    const send = (alert: Alert): void => {
      if (!isAtLeast(alert.severity, wanted.severityMin)) return;
      // Nothing is left out in silence: who reads too slowly has to ask again.
      if (!stream.send({ alert: alertToWire(alert) })) stream.end(tooSlow());
    };
    if (wanted.openFirst) for (const alert of this.alerts.open().toReversed()) send(alert);
    this.open += 1;
    const end = this.alerts.listen(send);
    return () => {
      this.open -= 1;
      end();
    };
  }
}

interface PositionFollower {
  readonly filter: PositionFilter;
  readonly stream: ServerStream<PositionResponse>;
  /** What was sent last of each position. */
  readonly sent: Map<string, string>;
  begun: boolean;
}

export interface PositionStreamsOptions {
  readonly portfolio: {
    readonly marks: Pick<MarkBook, 'refresh'>;
    matching(filter: PositionFilter): readonly PlacedPosition[];
    told(one: PlacedPosition): WirePosition;
  };
  readonly timers: Timers;
}

/** Positions and their marks for many followers: what changes meanwhile is conflated. */
export class PositionStreams {
  private readonly options: PositionStreamsOptions;
  private readonly followers = new Set<PositionFollower>();
  private timer: TimerHandle | undefined;
  private running = false;

  constructor(options: PositionStreamsOptions) {
    this.options = options;
  }

  /** @returns what ends it. @throws RPC_UNAVAILABLE when too many are open */
  follow(filter: PositionFilter, stream: ServerStream<PositionResponse>): () => void {
    checkRoom(this.followers.size);
    const follower = { filter, stream, sent: new Map<string, string>(), begun: false };
    this.followers.add(follower);
    this.timer ??= this.options.timers.every(CONFLATE_MS, () => void this.tick());
    void this.tick();
    return () => {
      this.followers.delete(follower);
      if (this.followers.size > 0) return;
      this.timer?.cancel();
      this.timer = undefined;
    };
  }

  private async tick(): Promise<void> {
    if (this.running) return;
    this.running = true;
    try {
      await this.options.portfolio.marks.refresh();
      for (const follower of this.followers) await this.tell(follower);
    } catch (error) {
      for (const { stream } of [...this.followers]) stream.end(error);
    } finally {
      this.running = false;
    }
  }

  private async tell(follower: PositionFollower): Promise<void> {
    const { portfolio, timers } = this.options;
    const { filter, stream, sent } = follower;
    const all = portfolio.matching(filter);
    for (let from = 0; from < all.length; from += POSITIONS_MAX) {
      // What is not taken now is sent as it stands then.
      if (!stream.writable) return;
      const told = all.slice(from, from + POSITIONS_MAX).map((one) => portfolio.told(one));
      const changed = told.filter((one) => sent.get(keyOf(one)) !== JSON.stringify(one));
      if (changed.length > 0 && stream.send({ positions: changed })) {
        for (const one of changed) sent.set(keyOf(one), JSON.stringify(one));
        follower.begun = true;
      }
      await timers.sleep(0);
    }
    // Who follows what there is none of learns that nothing is missing.
    if (!follower.begun) follower.begun = stream.send({ positions: [] });
  }
}

const keyOf = ({ accountId, venue, instrument }: WirePosition): string =>
  `${accountId} ${venue} ${instrument}`;

const tooSlow = (): AtsError =>
  new AtsError({
    code: 'STREAM_TOO_SLOW',
    message: 'the caller reads alerts more slowly than they happen',
    remedy: 'Ask again with open_first.',
    retry: 'safe',
  });
