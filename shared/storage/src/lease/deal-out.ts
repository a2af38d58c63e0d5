/** What is to be done so that every member has its share. */
export interface Deal<Mine> {
  readonly take: readonly string[];
  readonly give: readonly Mine[];
}

/**
 * Shares of `shards / members`, rounded up or down, with as few moves as possible: a member takes
 * what is free up to its share, and gives away what it has beyond it.
 */
export function dealOut<Mine extends { readonly shard: string }>(now: {
  readonly shards: readonly string[];
  /** Everybody who is alive, this one among them. */
  readonly members: ReadonlySet<string>;
  readonly holder: string;
  /** Who has a shard; empty for nobody. */
  readonly holderOf: (shard: string) => string;
  readonly free: readonly string[];
  readonly mine: readonly Mine[];
}): Deal<Mine> {
  const { shards, members, free, mine, holder } = now;
  const most = Math.ceil(shards.length / members.size);
  const least = Math.floor(shards.length / members.size);
  const take = free.slice(0, Math.max(0, most - mine.length));
  if (mine.length > most) return { take: [], give: mine.slice(most) };
  const countOf = (name: string): number =>
    shards.filter((shard) => now.holderOf(shard) === name).length;
  const starved = [...members].some((name) => name !== holder && countOf(name) < least);
  const spare = free.length === 0 && mine.length > least && starved;
  return { take, give: spare ? mine.slice(least) : [] };
}
