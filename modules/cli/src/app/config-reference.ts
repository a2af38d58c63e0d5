import {
  ANY,
  type ConfigKey,
  isSecretKey,
  type SchemaNode,
  valueAt,
  variableOf,
} from '@ats/runtime';

/** Units by the end of a name; `Max` and `Min` behind them are no units. */
const UNITS: readonly (readonly [end: RegExp, unit: string])[] = [
  [/Bps$/, 'basis points'],
  [/Ms$/, 'ms'],
  [/Us$/, 'µs'],
  [/Bytes$/, 'bytes'],
  [/Seconds$/, 'seconds'],
  [/Minutes$/i, 'minutes'],
  [/Hours$/, 'hours'],
  [/Days$/, 'days'],
  [/Percent$/, '%'],
  [/PerSecond$/i, 'a second'],
  [/Usd$/, 'US dollars'],
];

/** One setting in words. */
export interface KeyReference {
  readonly path: string;
  readonly type: string;
  readonly unit: string | undefined;
  /** Range or words that are taken. */
  readonly allowed: string | undefined;
  /** As YAML in one line; undefined where there is none. */
  readonly default: string | undefined;
  readonly description: string;
  readonly hot: boolean;
  readonly secret: boolean;
  /** Undefined within a list: the variable of the list gives all of it. */
  readonly variable: string | undefined;
  /** The alternative that it belongs to. */
  readonly of: string | undefined;
}

export function referenceOf(key: ConfigKey, defaults: unknown): KeyReference {
  const { path, node } = key;
  const name = path.findLast((one) => one !== ANY) ?? '';
  const value = valueAt(defaults, path) ?? node.default;
  return {
    path: path.join('.'),
    type: typeOf(node),
    unit: unitOf(name),
    allowed: allowedOf(node),
    default: value === undefined || value === null ? undefined : shown(value),
    description: node.description ?? '',
    hot: key.hot,
    secret: isSecretKey(name),
    variable: key.inList ? undefined : variableOf(path),
    of: key.of,
  };
}

function unitOf(name: string): string | undefined {
  const bare = name.replace(/(Max|Min)$/, '');
  const word = bare === 'latency' ? 'Ms' : bare;
  return UNITS.find(([end]) => end.test(word))?.[1];
}

function typeOf(node: SchemaNode): string {
  if (node.kind !== undefined) return node.kind;
  const inner = [...(node.anyOf ?? []), ...(node.oneOf ?? [])].filter(
    ({ type }) => type !== 'null',
  );
  if (inner.length > 0) return [...new Set(inner.map(typeOf))].join(' or ');
  if (node.items !== undefined) return `list of ${typeOf(node.items)}`;
  if (typeof node.additionalProperties === 'object') {
    return `map of ${typeOf(node.additionalProperties)}`;
  }
  if (node.enum !== undefined || node.const !== undefined) return 'one';
  const [type = 'text'] = [node.type ?? []].flat().filter((one) => one !== 'null');
  const words: Record<string, string> = {
    ...{ integer: 'whole number', number: 'number', boolean: 'true or false' },
    object: 'section',
  };
  return words[type] ?? (node.format === 'uri' ? 'URL' : 'text');
}

function allowedOf(node: SchemaNode): string | undefined {
  const words = node.enum ?? (node.const === undefined ? node.items?.enum : [node.const]);
  if (words !== undefined) return `of ${words.map(String).join(', ')}`;
  const { exclusiveMinimum } = node;
  const [least, most] = [bound(node.minimum), bound(node.maximum)];
  if (least !== undefined && most !== undefined) return `${least} to ${most}`;
  if (exclusiveMinimum !== undefined) {
    return `above ${exclusiveMinimum}${most === undefined ? '' : `, to ${most}`}`;
  }
  if (least !== undefined) return `${least} or more`;
  return most === undefined ? undefined : `up to ${most}`;
}

/** A bound that is one of JavaScript's, and not ours, is none. */
function bound(value: number | undefined): string | undefined {
  if (value === undefined || Math.abs(value) === Number.MAX_SAFE_INTEGER) return undefined;
  return value.toLocaleString('en-US');
}

/** Text of a default beyond this many characters is no help in a table. */
const SHOWN_MAX = 60;

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value || "''" : JSON.stringify(value);
  return text.length > SHOWN_MAX ? 'see config/default.yaml' : text;
}
