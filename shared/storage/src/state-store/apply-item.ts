import { AtsError, Decimal } from '@ats/domain';
import type {
  Attribute,
  Attributes,
  Condition,
  Item,
  ItemRefusal,
  TransactItem,
} from '../state-store.ts';
import { attributesBytes, exactNumber, storable, storableAll } from './item-rules.ts';

type Refused = Pick<ItemRefusal, 'reason' | 'attribute'>;

function sameValue(one: Attribute | undefined, other: Attribute): boolean {
  if (one instanceof Decimal) return other instanceof Decimal && one.equals(other);
  if (one instanceof Uint8Array) {
    return other instanceof Uint8Array && Buffer.compare(one, other) === 0;
  }
  return one === other;
}

function holds(condition: Condition, item: Item | undefined): boolean {
  switch (condition.kind) {
    case 'exists':
      return item !== undefined;
    case 'absent':
      return item === undefined;
    case 'version':
      return item?.version === condition.version;
    case 'equals': {
      const { attribute, value } = condition;
      return sameValue(item?.attributes[attribute], storable(value, attribute));
    }
    case 'at-least': {
      const { attribute, amount } = condition;
      const current = item?.attributes[attribute];
      return current instanceof Decimal && !current.lessThan(exactNumber(amount, attribute));
    }
  }
}

function conditionsOf(change: TransactItem): readonly Condition[] {
  switch (change.kind) {
    case 'create':
      return [{ kind: 'absent' }];
    case 'replace':
      return [{ kind: 'version', version: change.ifVersion }];
    default:
      return change.conditions ?? [];
  }
}

/** Why a live item (undefined: there is none) refuses a change; undefined when it does not. */
export function refusalOf(change: TransactItem, item: Item | undefined): Refused | undefined {
  const failed = conditionsOf(change).find((condition) => !holds(condition, item));
  if (failed !== undefined) {
    const attribute = 'attribute' in failed ? { attribute: failed.attribute } : {};
    return { reason: failed.kind, ...attribute };
  }
  const expires = change.kind === 'update' && item?.expiresAtUs !== undefined;
  return expires ? { reason: 'can-expire' } : undefined;
}

function updated(change: TransactItem & { readonly kind: 'update' }, before: Attributes) {
  const after: Record<string, Attribute> = { ...before, ...storableAll(change.set ?? {}) };
  for (const [name, amount] of Object.entries(change.increment ?? {})) {
    const current = before[name] ?? Decimal.ZERO;
    if (!(current instanceof Decimal)) {
      throw new AtsError({
        code: 'STORAGE_INPUT_INVALID',
        message: `${name}: only a number can be incremented`,
        remedy: 'Mend the caller: the attribute holds something else.',
        context: { field: name, ...change.key },
      });
    }
    after[name] = exactNumber(current.add(exactNumber(amount, name)), name);
  }
  for (const name of change.remove ?? []) delete after[name];
  attributesBytes(after);
  return after;
}

/**
 * What a change makes of a live item, once `refusalOf` has let it through.
 *
 * @param nowUs where the versions of a new item begin, so that one that was deleted and made
 *   again is not taken for the old one.
 * @returns the item afterwards; undefined when there is none.
 */
export function changed(
  change: TransactItem,
  state: { readonly item: Item | undefined; readonly nowUs: number },
): Item | undefined {
  const { item, nowUs } = state;
  const { key } = change;
  const version = item === undefined ? nowUs : item.version + 1;
  switch (change.kind) {
    case 'check':
      return item;
    case 'delete':
      return undefined;
    case 'update':
      return { key, version, attributes: updated(change, item?.attributes ?? {}) };
    default: {
      const { expiresAtUs } = change;
      const expiry = expiresAtUs === undefined ? {} : { expiresAtUs };
      return { key, version, attributes: storableAll(change.attributes), ...expiry };
    }
  }
}
