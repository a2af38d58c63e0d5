import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Condition, StateTable, TransactItem } from '../state-store.ts';
import { attributeValue, nameOf, OWN, type Row, toKey, toRow } from './dynamo-items.ts';
import { exactNumber, storable, storableAll } from './item-rules.ts';

export interface WriteContext {
  readonly tableName: (table: StateTable) => string;
  readonly nowUs: number;
}

/** Collects the names and values of one expression, each behind a placeholder. */
class Placeholders {
  readonly names: Record<string, string> = {};
  readonly values: Row = {};
  private readonly known = new Map<string, string>();
  private count = 0;

  name(name: string): string {
    let placeholder = this.known.get(name);
    if (placeholder === undefined) {
      placeholder = `#n${this.known.size}`;
      this.known.set(name, placeholder);
      this.names[placeholder] = name;
    }
    return placeholder;
  }

  value(value: Row[string]): string {
    this.count += 1;
    this.values[`:v${this.count}`] = value;
    return `:v${this.count}`;
  }

  number(value: number): string {
    return this.value({ N: String(value) });
  }

  get used() {
    const { names, values } = this;
    return {
      ...(Object.keys(names).length === 0 ? {} : { ExpressionAttributeNames: names }),
      ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values }),
    };
  }
}

function expired(use: Placeholders, nowUs: number): string {
  return `${use.name(OWN.expiresAtUs)} <= ${use.number(nowUs)}`;
}

/** Holds for items that never expire and for those that have not yet. */
function lives(use: Placeholders, nowUs: number): string {
  const never = `attribute_not_exists(${use.name(OWN.expiresAtUs)})`;
  return `(${never} OR ${use.name(OWN.expiresAtUs)} > ${use.number(nowUs)})`;
}

function conditionText(condition: Condition, use: Placeholders, nowUs: number): string {
  if (condition.kind === 'absent') {
    return `(attribute_not_exists(${use.name(OWN.version)}) OR ${expired(use, nowUs)})`;
  }
  const live = lives(use, nowUs);
  switch (condition.kind) {
    case 'exists':
      return `attribute_exists(${use.name(OWN.version)}) AND ${live}`;
    case 'version':
      return `${use.name(OWN.version)} = ${use.number(condition.version)} AND ${live}`;
    case 'equals': {
      const { attribute, value } = condition;
      const expected = use.value(attributeValue(storable(value, attribute)));
      return `${use.name(nameOf(attribute))} = ${expected} AND ${live}`;
    }
    case 'at-least': {
      const { attribute, amount } = condition;
      const least = use.value(attributeValue(exactNumber(amount, attribute)));
      return `${use.name(nameOf(attribute))} >= ${least} AND ${live}`;
    }
  }
}

function conditionsText(conditions: readonly Condition[], use: Placeholders, nowUs: number) {
  return conditions.map((condition) => conditionText(condition, use, nowUs)).join(' AND ');
}

/** Every number is added to by the store itself; nothing is read first. */
function updateText(change: TransactItem & { kind: 'update' }, use: Placeholders, nowUs: number) {
  // A new item's version begins at the time, so that it is never taken for one that was deleted.
  const version = use.name(OWN.version);
  const base = `if_not_exists(${version}, ${use.number(nowUs - 1)})`;
  const sets = [`${version} = ${base} + ${use.number(1)}`];
  for (const [name, value] of Object.entries(change.set ?? {})) {
    sets.push(`${use.name(nameOf(name))} = ${use.value(attributeValue(storable(value, name)))}`);
  }
  const adds = Object.entries(change.increment ?? {}).map(
    ([name, value]) =>
      `${use.name(nameOf(name))} ${use.value(attributeValue(exactNumber(value, name)))}`,
  );
  const removes = (change.remove ?? []).map((name) => use.name(nameOf(name)));
  return [
    `SET ${sets.join(', ')}`,
    ...(adds.length === 0 ? [] : [`ADD ${adds.join(', ')}`]),
    ...(removes.length === 0 ? [] : [`REMOVE ${removes.join(', ')}`]),
  ].join(' ');
}

function putOf(change: TransactItem & { kind: 'create' | 'replace' }, context: WriteContext) {
  const { key, expiresAtUs } = change;
  const { nowUs, tableName } = context;
  const use = new Placeholders();
  const creates = change.kind === 'create';
  const condition: Condition = creates
    ? { kind: 'absent' }
    : { kind: 'version', version: change.ifVersion };
  const text = conditionText(condition, use, nowUs);
  const version = creates ? nowUs : change.ifVersion + 1;
  const expiry = expiresAtUs === undefined ? {} : { expiresAtUs };
  const item = { key, version, attributes: storableAll(change.attributes), ...expiry };
  return {
    TableName: tableName(key.table),
    Item: toRow(item),
    ConditionExpression: text,
    ...use.used,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };
}

/** One step of a transaction in DynamoDB's own terms. */
export function toWrite(change: TransactItem, context: WriteContext): TransactWriteItem {
  if (change.kind === 'create' || change.kind === 'replace') return { Put: putOf(change, context) };
  const { nowUs, tableName } = context;
  const use = new Placeholders();
  const given = conditionsText(change.conditions ?? [], use, nowUs);
  const common = {
    TableName: tableName(change.key.table),
    Key: toKey(change.key),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };
  if (change.kind === 'update') {
    // ADD would revive the numbers of an expired item, so none that can expire is taken.
    const steady = `attribute_not_exists(${use.name(OWN.expiresAtUs)})`;
    const condition = given === '' ? steady : `${steady} AND ${given}`;
    const update = updateText(change, use, nowUs);
    return {
      Update: {
        ...common,
        ConditionExpression: condition,
        UpdateExpression: update,
        ...use.used,
      },
    };
  }
  if (change.kind === 'delete') {
    const condition = given === '' ? {} : { ConditionExpression: given };
    return { Delete: { ...common, ...condition, ...use.used } };
  }
  const version = given === '' ? use.name(OWN.version) : '';
  // A check of nothing always holds; DynamoDB wants to be told so.
  const always = `attribute_exists(${version}) OR attribute_not_exists(${version})`;
  const ConditionExpression = given === '' ? always : given;
  return { ConditionCheck: { ...common, ConditionExpression, ...use.used } };
}
