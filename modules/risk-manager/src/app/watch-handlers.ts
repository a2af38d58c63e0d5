import { alertToWire, type WireMessages, type WireServices } from '@ats/contracts';
import { AtsError, Decimal, isAtLeast, SEVERITIES, type Severity } from '@ats/domain';
import type { RpcHandlers } from '@ats/runtime';
import { limitId } from '../domain/limits/limit-change.ts';
import { kindOf, LIMIT_NAMES, type LimitName } from '../domain/limits/limit-names.ts';
import type { LimitState } from '../domain/limits/limit-state.ts';
import type { BreachAction, LimitLevel } from '../domain/limits/limit-table.ts';
import type { LimitBook } from './limit-book.ts';
import type { LimitChanges } from './limit-changes.ts';
import type { LimitMonitor } from './limit-monitor.ts';
import type { SecondPerson } from './persons.ts';
import { text } from './position-wire.ts';
import { requiredText } from './request-fields.ts';
import type { RiskAlerts } from './risk-alerts.ts';
import type { AlertStreams, PositionStreams } from './risk-streams.ts';

type Methods =
  | 'GetRiskLimits'
  | 'UpdateRiskLimits'
  | 'GetRiskAlerts'
  | 'AcknowledgeAlert'
  | 'StreamRiskAlerts'
  | 'StreamPositionUpdates';
type Handlers = Pick<RpcHandlers<WireServices['ats.risk.v1.RiskService']>, Methods>;
type WireLimit = WireMessages['ats.risk.v1.RiskLimit'];
type WireAction = WireLimit['onBreach'];

/** What watches over limits, alerts and positions. */
export interface RiskWatch {
  readonly limits: LimitBook;
  readonly changes: LimitChanges;
  readonly monitor: LimitMonitor;
  readonly alerts: RiskAlerts;
  readonly alertStreams: AlertStreams;
  readonly positionStreams: PositionStreams;
  readonly numeraire: string;
}

const ACTIONS: Readonly<Record<BreachAction, WireAction>> = {
  refuse: 'BREACH_ACTION_REFUSE',
  reducing: 'BREACH_ACTION_REDUCING',
  halted: 'BREACH_ACTION_HALTED',
  flatten: 'BREACH_ACTION_FLATTEN',
};
const LEVELS: Readonly<Record<LimitLevel, WireLimit['level']>> = {
  ok: 'LIMIT_LEVEL_OK',
  warn: 'LIMIT_LEVEL_WARN',
  breach: 'LIMIT_LEVEL_BREACH',
};
const ALERTS_DEFAULT = 100;
const ALERTS_MAX = 1000;

const actionOf = (wire: WireAction): BreachAction | undefined =>
  (Object.keys(ACTIONS) as BreachAction[]).find((action) => ACTIONS[action] === wire);

const severityOf = (wire: string): Severity =>
  SEVERITIES.find((one) => wire === `SEVERITY_${one.toUpperCase()}`) ?? 'info';

function whole(watch: RiskWatch | undefined): RiskWatch {
  if (watch !== undefined) return watch;
  throw new AtsError({
    code: 'STORAGE_UNAVAILABLE',
    message: 'this risk manager watches nothing: it has no log and no store',
    remedy: 'Start it with its stores.',
  });
}

/** Limits, alerts and streams of the risk service. */
export function watchHandlers(watch: RiskWatch | undefined, secondPerson: SecondPerson): Handlers {
  return {
    GetRiskLimits({ name }) {
      const { changes, numeraire } = whole(watch);
      const limits = limitsOf(whole(watch)).filter((one) => name === '' || one.name === name);
      return { limits, version: changes.version, numeraire };
    },
    async UpdateRiskLimits({ changes: wanted, actor, reason, expectedVersion }, context) {
      const { caller } = context;
      const { changes } = whole(watch);
      const now = limitsOf(whole(watch));
      const looser = wanted.filter((one) => loosens(one, standing(one, now)));
      if (looser.length > 0 && caller.kind !== 'service') {
        // Good for this change of what stands now; of other limits it says nothing.
        const figures = looser.map((one) => standing(one, now)?.max ?? '');
        const subject = JSON.stringify([wanted, figures]);
        const summary = looser.map((one) => wordsOf(one, standing(one, now))).join('; ');
        const asked = { kind: 'limits.raise', subject, summary } as const;
        await secondPerson({ ...asked, requestedBy: caller.name });
      }
      const changed = await changes.update({
        wishes: wanted.map(({ name, of, warn, max, onBreach, reset }) => ({
          ...{ name, of, reset },
          warn: warn === '' ? undefined : warn,
          max: max === '' ? undefined : max,
          onBreach: actionOf(onBreach),
        })),
        actor: requiredText('actor', actor),
        reason: requiredText('reason', reason),
        expectedVersion,
      });
      const ids = new Set(changed.map(limitId));
      const changedOf = (all: readonly WireLimit[]) => all.filter((one) => ids.has(limitId(one)));
      const limits = changedOf(limitsOf(whole(watch)));
      context.changed({ before: changedOf(now).map(figuresOf), after: limits.map(figuresOf) });
      return { limits, version: changes.version };
    },
    GetRiskAlerts({ openOnly, severityMin, limit }) {
      const { alerts } = whole(watch);
      const least = severityOf(severityMin);
      const most = limit <= 0 ? ALERTS_DEFAULT : Math.min(limit, ALERTS_MAX);
      const found = (openOnly ? alerts.open() : alerts.all()).filter(({ severity }) =>
        isAtLeast(severity, least),
      );
      return { alerts: found.slice(0, most).map(alertToWire) };
    },
    async AcknowledgeAlert({ key, actor, reason }) {
      const said = {
        key,
        actor: requiredText('actor', actor),
        reason: requiredText('reason', reason),
      };
      return { alert: alertToWire(await whole(watch).alerts.acknowledge(said)) };
    },
    StreamRiskAlerts: ({ openFirst, severityMin }, stream) =>
      whole(watch).alertStreams.follow({ openFirst, severityMin: severityOf(severityMin) }, stream),
    StreamPositionUpdates: (filter, stream) => whole(watch).positionStreams.follow(filter, stream),
  };
}

/** For the access log. */
const figuresOf = ({ name, of, warn, max, onBreach }: WireLimit) => ({
  name,
  of,
  warn,
  max,
  onBreach,
});

type WireWish = WireMessages['ats.risk.v1.UpdateRiskLimitsRequest']['changes'][number];

/** What a wish would change: figures of its own, or those of all. */
const standing = ({ name, of }: WireWish, limits: readonly WireLimit[]) =>
  limits.find((one) => one.name === name && one.of === of) ??
  limits.find((one) => one.name === name && one.of === '');

/** Whether a change allows more than before. What is put back is not compared. */
function loosens({ max, onBreach, reset }: WireWish, now: WireLimit | undefined): boolean {
  // There is no such limit, which the update says.
  if (now === undefined) return false;
  if (reset) return true;
  if (onBreach !== 'BREACH_ACTION_UNSPECIFIED' && onBreach !== now.onBreach) return true;
  if (max === '') return false;
  // A limit that had no figure is tightened by any; one that had is taken away by `none`.
  return now.max !== '' && (max === 'none' || isMore(max, now.max));
}

/** What cannot be read is refused later, for what it is. */
function isMore(wanted: string, now: string): boolean {
  try {
    return Decimal.parse(wanted).compare(Decimal.parse(now)) > 0;
  } catch {
    return false;
  }
}

function wordsOf({ name, of, max, reset }: WireWish, now: WireLimit | undefined): string {
  const to = reset ? 'the configuration' : max;
  return `${name}${of === '' ? '' : ` of ${of}`} from ${now?.max ?? 'nothing'} to ${to}`;
}

/** Every limit there is: for all, and for what has figures of its own or is measured by itself. */
function limitsOf(watch: RiskWatch): WireLimit[] {
  const { limits, monitor } = watch;
  const measured = monitor.all();
  return LIMIT_NAMES.flatMap((name) => {
    const own = [...limits.current.all()].filter((one) => one.name === name).map(({ of }) => of);
    const states = measured.filter((state) => state.name === name);
    const all = new Set(['', ...own, ...states.map(({ of }) => of)]);
    return [...all].toSorted().map((of) =>
      limitToWire(
        watch,
        { name, of },
        states.find((state) => state.of === of),
      ),
    );
  });
}

function limitToWire(
  { limits, changes }: RiskWatch,
  { name, of }: { readonly name: LimitName; readonly of: string },
  state: LimitState | undefined,
): WireLimit {
  const { unit, scope, meaning, reason } = kindOf(name);
  const { warn, max, onBreach } = limits.current.limit(name, of);
  // What has no figures of its own has those of all.
  const change = changes.override(name, of) ?? changes.override(name, '');
  return {
    ...{ name, of, unit, scope, meaning },
    reasonCode: reason,
    warn: warn === undefined ? '' : text(warn),
    max: max === undefined ? '' : text(max),
    onBreach: ACTIONS[onBreach],
    value: state === undefined ? '' : text(state.value),
    level: state === undefined ? 'LIMIT_LEVEL_UNSPECIFIED' : LEVELS[state.level],
    sinceUs: state?.sinceUs ?? 0,
    changedBy: change?.actor ?? '',
    changedBecause: change?.reason ?? '',
    changedAtUs: change?.atUs ?? 0,
  };
}
