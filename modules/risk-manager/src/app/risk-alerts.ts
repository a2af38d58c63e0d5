import { alertFromWire, alertToWire } from '@ats/contracts';
import { type Alert, AtsError } from '@ats/domain';
import { alertRecord, type Outbox, readAlert, transactSurely } from '@ats/orders';
import type { Clock } from '@ats/runtime';
import type { ItemKey, LogRecord, StateStore, TransactItem } from '@ats/storage';
import { alertAfter, stands } from '../domain/alert-history.ts';
import type { Kept } from './log-follower.ts';

const PARTITION = 'alerts';
const PAGE = 1000;
/** Alerts that are kept; those that ended are forgotten first, the oldest before others. */
const ALERTS_MAX = 1000;
/** Forgotten in one transaction at most: as many as come with it. */
const FORGOTTEN_MAX = 33;
const TIME_DIGITS = 20;

type Listener = (alert: Alert) => void;

const keyOf = ({ alertId, raisedAtUs }: Alert): ItemKey => {
  const sort = `${String(raisedAtUs).padStart(TIME_DIGITS, '0')} ${alertId}`;
  return { table: 'risk', partition: PARTITION, sort };
};

const put = (alert: Alert): TransactItem => {
  const json = JSON.stringify(alertToWire(alert));
  return { kind: 'update', key: keyOf(alert), set: { json } };
};

/** Alerts about risk, whoever raised them, as the log tells them: the newest thousand. */
export class RiskAlerts implements Kept<Alert> {
  readonly topic = 'alerts';
  private readonly state: StateStore;
  private readonly outbox: Outbox;
  private readonly clock: Clock;
  private readonly listeners = new Set<Listener>();
  private alerts = new Map<string, Alert>();
  private closed = false;

  constructor(options: {
    readonly state: StateStore;
    readonly outbox: Outbox;
    readonly clock: Clock;
  }) {
    this.state = options.state;
    this.outbox = options.outbox;
    this.clock = options.clock;
  }

  /** The newest first. */
  all(): readonly Alert[] {
    return [...this.alerts.values()].toSorted((a, b) => b.raisedAtUs - a.raisedAtUs);
  }

  /** Conditions that stand, the newest first: of each key its newest alert. */
  open(): readonly Alert[] {
    const newest = new Map<string, Alert>();
    for (const alert of this.all()) if (!newest.has(alert.key)) newest.set(alert.key, alert);
    return [...newest.values()].filter(stands);
  }

  /** Calls for each alert that is raised, worsens, is acknowledged or ends. @returns ends that */
  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /**
   * Says on the log that somebody has a condition in hand, for notification to read.
   * @throws RISK_ALERT_UNKNOWN when it does not stand
   */
  async acknowledge(said: {
    readonly key: string;
    readonly actor: string;
    readonly reason: string;
  }): Promise<Alert> {
    const { key, actor, reason } = said;
    const alert = this.open().find((one) => one.key === key);
    if (alert === undefined) throw unknown(key);
    if (alert.acknowledgement !== undefined) return alert;
    const acknowledged = { ...alert, acknowledgement: { actor, reason, atUs: this.clock.nowUs() } };
    const entry = this.outbox.entry([alertRecord(acknowledged, `acknowledged:${alert.severity}`)]);
    const { state, outbox } = this;
    const giveUp = (): boolean => this.closed;
    const items = [entry.item];
    const { kind } = await transactSurely({ state, outbox, entry, items, giveUp });
    if (kind !== 'committed') throw unstored(key);
    void outbox.publish(entry);
    return acknowledged;
  }

  read(record: LogRecord): Alert | undefined {
    const alert = readAlert(record);
    return alert.area === 'risk' ? alert : undefined;
  }

  async load(): Promise<void> {
    const found = new Map<string, Alert>();
    let after: string | undefined;
    do {
      const more = after === undefined ? {} : { after };
      const query = { table: 'risk', partition: PARTITION, limit: PAGE, ...more } as const;
      const page = await this.state.query(query);
      for (const { attributes } of page.items) {
        const alert = alertFromWire(JSON.parse(String(attributes['json'])));
        found.set(alert.alertId, alert);
      }
      after = page.next;
    } while (after !== undefined);
    this.alerts = found;
  }

  /** Of an alert: itself, the one that it supersedes, and one that is forgotten for it. */
  itemsOf({ alertId }: Alert): readonly string[] {
    return [alertId, `${alertId} before`, `${alertId} forgotten`];
  }

  async count(told: readonly Alert[]): Promise<boolean> {
    const changed = new Map<string, Alert>();
    const steps: Alert[] = [];
    for (const one of told) {
      const before = changed.get(one.alertId) ?? this.alerts.get(one.alertId);
      const after = alertAfter(before, one);
      if (before !== undefined && JSON.stringify(before) === JSON.stringify(after)) continue;
      // An alert that is raised anew, or otherwise, ends the one before it.
      if (before === undefined) {
        for (const old of this.superseded(one, changed)) changed.set(old.alertId, old);
      }
      changed.set(one.alertId, after);
      steps.push(after);
    }
    if (changed.size === 0) return true;
    const kept = new Map([...this.alerts, ...changed]);
    const forgotten = oldest(kept).filter(({ alertId }) => !changed.has(alertId));
    const items = [
      ...[...changed.values()].map(put),
      ...forgotten.map((one): TransactItem => ({ kind: 'delete', key: keyOf(one) })),
    ];
    const { kind } = await this.state.transact(items);
    if (kind !== 'committed') return false;
    for (const { alertId } of forgotten) kept.delete(alertId);
    this.alerts = kept;
    for (const alert of steps) for (const listener of this.listeners) listener(alert);
    return true;
  }

  close(): void {
    this.closed = true;
  }

  private superseded(
    { key, raisedAtUs }: Alert,
    changed: ReadonlyMap<string, Alert>,
  ): readonly Alert[] {
    return [...new Map([...this.alerts, ...changed]).values()]
      .filter((old) => old.key === key && stands(old) && old.raisedAtUs < raisedAtUs)
      .map((old) => ({ ...old, resolvedAtUs: raisedAtUs }));
  }
}

/** What is too much: what has ended before what stands, the oldest first. */
function oldest(alerts: ReadonlyMap<string, Alert>): readonly Alert[] {
  const over = Math.min(FORGOTTEN_MAX, Math.max(0, alerts.size - ALERTS_MAX));
  return [...alerts.values()]
    .toSorted((a, b) => Number(stands(a)) - Number(stands(b)) || a.raisedAtUs - b.raisedAtUs)
    .slice(0, over);
}

const unknown = (key: string): AtsError =>
  new AtsError({
    code: 'RISK_ALERT_UNKNOWN',
    message: `no condition of risk "${key.slice(0, 100)}" stands`,
    remedy: 'Read the alerts that stand with GetRiskAlerts.',
    context: { field: 'key', value: key.slice(0, 100) },
  });

const unstored = (key: string): AtsError =>
  new AtsError({
    code: 'STORAGE_UNAVAILABLE',
    message: `the acknowledgement of ${key} was not stored`,
    remedy: 'Try again.',
    retry: 'safe',
  });
