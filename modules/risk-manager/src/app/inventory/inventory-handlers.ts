import type { WireMessages, WireServices } from '@ats/contracts';
import type { Decimal } from '@ats/domain';
import { actsFor, type Caller, type Clock, type RpcHandlers } from '@ats/runtime';
import { type Values, worthOf } from '../../domain/inventory/markets.ts';
import type { OptionKind, PlanOption } from '../../domain/inventory/option.ts';
import type { PlanStep } from '../../domain/inventory/plan.ts';
import { type Runway, runsDry } from '../../domain/inventory/runway.ts';
import type { InventoryRules } from '../../inventory-config.ts';
import type { InventoryDesk } from './inventory-desk.ts';

type InventoryHandlers = RpcHandlers<WireServices['ats.inventory.v1.InventoryService']>;
type WireRunway = WireMessages['ats.inventory.v1.Runway'];
type WireOption = WireMessages['ats.inventory.v1.PlanOption'];
type WireStep = WireMessages['ats.inventory.v1.PlanStep'];

const LEVELS = {
  unknown: 'RUNWAY_LEVEL_UNKNOWN',
  empty: 'RUNWAY_LEVEL_EMPTY',
  low: 'RUNWAY_LEVEL_LOW',
  fine: 'RUNWAY_LEVEL_FINE',
  growing: 'RUNWAY_LEVEL_GROWING',
} as const;
const CONFIDENCE = {
  unknown: 'FLOW_CONFIDENCE_UNKNOWN',
  low: 'FLOW_CONFIDENCE_LOW',
  good: 'FLOW_CONFIDENCE_GOOD',
} as const;
const KINDS = {
  wait: 'PLAN_OPTION_KIND_WAIT',
  'reverse-arbitrage': 'PLAN_OPTION_KIND_REVERSE_ARBITRAGE',
  transfer: 'PLAN_OPTION_KIND_TRANSFER',
} as const satisfies Record<OptionKind, string>;

const HOUR_SECONDS = 3600;
const VALUE_DIGITS = 8;

/** Whose, where and what is asked for; empty is any. */
interface Asked {
  readonly accountId: string;
  readonly venue: string;
  readonly asset: string;
}

/** Whether something is asked for by a caller, and one of theirs. */
const isAsked = (asked: Asked, is: Asked, caller: Caller): boolean =>
  actsFor(caller, is.accountId) &&
  (['accountId', 'venue', 'asset'] as const).every(
    (field) => asked[field] === '' || asked[field] === is[field],
  );

const text = (amount: Decimal): string => amount.normalized().toString();

/** Answers the calls of `ats.inventory.v1.InventoryService`. */
export function inventoryHandlers(parts: {
  readonly desk: InventoryDesk;
  readonly rules: InventoryRules;
  readonly clock: Clock;
}): InventoryHandlers {
  const { desk, rules, clock } = parts;
  const { numeraire, warnHours, horizonHours } = rules.plan;
  return {
    async GetRunway(asked, { caller }) {
      const { runways, values } = await desk.read();
      const found = runways.filter((one) => isAsked(asked, one, caller));
      const sortOf = ({ accountId, venue, asset }: Runway) => `${accountId} ${asset} ${venue}`;
      const sorted = found.toSorted((a, b) => sortOf(a).localeCompare(sortOf(b)));
      return { runways: sorted.map((one) => runwayToWire(one, values)), numeraire, warnHours };
    },
    async GetRebalancePlan(asked, { caller }) {
      const reading = await desk.read();
      // The plan is made for all, whoever asks: steps share what there is.
      const steps = desk.plan(reading).filter(({ runway }) => isAsked(asked, runway, caller));
      return {
        steps: steps.map((step) => stepToWire(step, reading.values)),
        numeraire,
        plannedAtUs: clock.nowUs(),
        horizonHours,
      };
    },
  };
}

function runwayToWire(runway: Runway, values: Values): WireRunway {
  const { accountId, venue, asset, available, reserved, least, flow, level, hours } = runway;
  const value = values.get(asset);
  const inNumeraire = value && worthOf(available, value).round(VALUE_DIGITS, 'half-even');
  return {
    ...{ accountId, venue, asset },
    available: text(available),
    reserved: text(reserved),
    least: text(least),
    inPerHour: flow.inPerHour,
    outPerHour: flow.outPerHour,
    windowNetPerHour: flow.windowNetPerHour,
    fills: flow.fills,
    confidence: CONFIDENCE[flow.confidence],
    level: LEVELS[level],
    secondsToEmpty: hours * HOUR_SECONDS,
    dry: runsDry(runway),
    value: inNumeraire === undefined ? '' : text(inNumeraire),
  };
}

function stepToWire(step: PlanStep, values: Values): WireStep {
  const { runway, wanted, profitPerHour, options, recommended, why } = step;
  return {
    runway: runwayToWire(runway, values),
    wanted: text(wanted),
    profitPerHour: profitPerHour.toFixed(VALUE_DIGITS),
    options: options.map(optionToWire),
    recommended: recommended === undefined ? 'PLAN_OPTION_KIND_UNSPECIFIED' : KINDS[recommended],
    why,
  };
}

function optionToWire(option: PlanOption): WireOption {
  const { kind, possible, amount, from, cost, costBps, missed, inTime, detail } = option;
  return {
    kind: KINDS[kind],
    possible,
    amount: text(amount),
    fromVenue: from?.venue ?? '',
    fromAsset: from?.asset ?? '',
    cost: text(cost),
    costBps: costBps === undefined ? '' : text(costBps),
    missed: text(missed),
    seconds: option.hours * HOUR_SECONDS,
    inTime,
    toSeconds: option.toHours * HOUR_SECONDS,
    fromSeconds: option.fromHours * HOUR_SECONDS,
    moves: option.moves.map((move) => ({ ...move, amount: text(move.amount) })),
    detail,
  };
}
