import { z } from 'zod';

/** What is used of JSON Schema 2020-12, with what the settings' schemas say beside it. */
export interface SchemaNode {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly kind?: string;
  readonly hot?: boolean;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly propertyNames?: { readonly enum?: readonly string[]; readonly pattern?: string };
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
}

/** Stands in a path for any name of a map and for any place in a list. */
export const ANY = '*';

/** One setting, or a section of settings, as its schema describes it. */
export interface ConfigKey {
  /** Names from the top; `ANY` for names that a person chooses. */
  readonly path: readonly string[];
  readonly node: SchemaNode;
  /** Whether others lie under it. */
  readonly section: boolean;
  /** Whether a running system takes a change of it. */
  readonly hot: boolean;
  /** Whether it lies in a list, whose items no path names. */
  readonly inList: boolean;
  /** Of alternatives that differ by a word, that word: `email` of the channels, say. */
  readonly of?: string;
}

/** The schema as it describes what people write: before defaults and transformations. */
export function schemaNodeOf(schema: z.ZodType): SchemaNode {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as SchemaNode;
}

/** Every key under a node, sections before what is in them. */
export function configKeys(root: SchemaNode): readonly ConfigKey[] {
  const found: ConfigKey[] = [];
  for (const [name, node] of Object.entries(root.properties ?? {})) {
    collect({ path: [name], node, section: false, hot: false, inList: false }, found);
  }
  return found;
}

function collect(key: Omit<ConfigKey, 'children'>, found: ConfigKey[]): void {
  const children = childrenOf(key);
  const hot = key.hot || key.node.hot === true;
  found.push({ ...key, hot, section: children.length > 0 });
  for (const child of children) collect({ ...child, hot }, found);
}

/** A map or list of plain values is one setting; of sections, each name is a section. */
function childrenOf({ path, node, inList, of }: ConfigKey): readonly ConfigKey[] {
  const alternatives = (node.anyOf ?? node.oneOf ?? []).filter(hasInside);
  if (alternatives.length > 0) {
    return alternatives.flatMap((one) => {
      const word = Object.values(one.properties ?? {}).find((child) => child.const !== undefined);
      const named = word === undefined ? {} : { of: String(word.const) };
      return childrenOf({ path, node: one, section: true, hot: false, inList, ...named });
    });
  }
  const shared = { section: false, hot: false, ...(of === undefined ? {} : { of }) };
  const inside = Object.entries(node.properties ?? {}).map(([name, child]) => {
    return { path: [...path, name], node: child, inList, ...shared };
  });
  const inMap = memberOf(node.additionalProperties);
  const ofMap = inMap === undefined ? [] : [{ node: inMap, inList }];
  const ofList =
    memberOf(node.items) === undefined ? [] : [{ node: node.items ?? {}, inList: true }];
  const members = [...ofMap, ...ofList].flatMap((member) =>
    childrenOf({ path: [...path, ANY], ...shared, ...member }),
  );
  return [...inside, ...members];
}

const hasInside = (node: SchemaNode): boolean =>
  node.properties !== undefined ||
  memberOf(node.additionalProperties) !== undefined ||
  memberOf(node.items) !== undefined ||
  [...(node.anyOf ?? []), ...(node.oneOf ?? [])].some(hasInside);

function memberOf(node: SchemaNode | boolean | undefined): SchemaNode | undefined {
  return typeof node === 'object' && hasInside(node) ? node : undefined;
}

/** Whether a path of names is the one that a pattern with `ANY` stands for. */
export function matchesPath(path: readonly string[], pattern: readonly string[]): boolean {
  return (
    path.length === pattern.length &&
    pattern.every((name, index) => name === ANY || name === path[index])
  );
}

/** `ATS_ENGINE__MIN_EDGE_BPS` for `engine.minEdgeBps`. */
export function variableOf(path: readonly string[]): string {
  const words = path.map((name) =>
    name === ANY
      ? '<NAME>'
      : name
          .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
          .replaceAll('-', '_')
          .toUpperCase(),
  );
  return `ATS_${words.join('__')}`;
}
