import { AtsError } from '@ats/domain';
import type { FeedDialect } from '../domain/feed.ts';

/** Finds dialects by name, by feed and by URL. */
export interface DialectRegistry {
  readonly all: readonly FeedDialect[];
  /** Feed names as they stand in the config. */
  readonly feeds: readonly string[];
  /**
   * The generation of a feed that is spoken at a URL; its newest where the URL does not tell. A
   * generation's own name, such as `kraken-v1`, always means that one.
   */
  forFeed(feed: string, url: string): FeedDialect | undefined;
  /** The dialect of a recorded connection: by its URL, failing that by its venue's name. */
  forFrames(venue: string, url: string | undefined): FeedDialect | undefined;
}

/**
 * Checks dialects against each other once, when the program loads: names are unique,
 * shapes are whole and limits make sense.
 *
 * @throws ADAPTER_INVALID naming the dialect and what is wrong with it
 */
export function dialectRegistry(dialects: readonly FeedDialect[]): DialectRegistry {
  const names = new Set<string>();
  for (const dialect of dialects) {
    const problem = dialectProblem(dialect);
    if (problem !== undefined) throw adapterInvalid(dialect.name, problem);
    if (names.has(dialect.name)) throw adapterInvalid(dialect.name, 'the name is taken');
    names.add(dialect.name);
  }
  return {
    all: dialects,
    feeds: [...new Set([...dialects.map(({ feed }) => feed), ...names])],
    forFeed(feed, url) {
      const generations = dialects.filter((one) => one.feed === feed);
      const named = dialects.find(({ name }) => name === feed);
      return generations.find((one) => one.speaks(url)) ?? named ?? generations[0];
    },
    forFrames(venue, url) {
      return (
        (url === undefined ? undefined : dialects.find((one) => one.speaks(url))) ??
        dialects.find(({ name }) => name === venue) ??
        dialects.find(({ feed }) => venue.startsWith(feed))
      );
    },
  };
}

const MEMBERS = {
  name: 'string',
  feed: 'string',
  speaks: 'function',
  instrumentOf: 'function',
  silenceLimitMs: 'number',
  sendsPerSecondMax: 'number',
  symbolsPerConnectionMax: 'number',
  open: 'function',
} as const;

/** @returns what keeps a value from being a dialect; undefined when nothing does. */
export function dialectProblem(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'it is not an object';
  const members = value as Record<string, unknown>;
  for (const [name, type] of Object.entries(MEMBERS)) {
    if (typeof members[name] !== type) return `${name} must be a ${type}`;
    if (type === 'number' && !((members[name] as number) > 0)) return `${name} must be above 0`;
  }
  if (!/^[a-z][a-z0-9-]*$/.test(members.name as string)) {
    return 'name must be lower case letters, digits and dashes';
  }
  const { keepAlive } = members;
  if (keepAlive === undefined) return undefined;
  const { everyMs, text } = (keepAlive ?? {}) as { everyMs?: unknown; text?: unknown };
  if (typeof everyMs !== 'number' || everyMs < 100 || typeof text !== 'string') {
    return 'keepAlive must be { everyMs: 100 or more, text: string }';
  }
  return undefined;
}

export function adapterInvalid(value: string, problem: string, cause?: unknown): AtsError {
  return new AtsError({
    code: 'ADAPTER_INVALID',
    message: `the adapter ${value} cannot be used: ${problem}`,
    remedy: 'Write it as modules/price-collector/docs/add-an-exchange.md describes.',
    context: { field: 'feed', value },
    cause,
  });
}
