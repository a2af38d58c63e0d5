import { STATE_LIMITS } from '@ats/storage';

/**
 * Parts of a list, in order, each of which fits into one transaction: as much as possible together,
 * for each transaction waits for the disk. A fence may go with each of them.
 *
 * @param itemsOf names of the stored items that one thing changes; many can change the same
 */
export function inTransactions<Thing>(
  things: readonly Thing[],
  itemsOf: (thing: Thing) => readonly string[],
): readonly (readonly Thing[])[] {
  const parts: Thing[][] = [];
  const touched = new Set<string>();
  for (const thing of things) {
    const names = itemsOf(thing);
    const more = names.filter((name) => !touched.has(name)).length;
    if (parts.length === 0 || touched.size + more >= STATE_LIMITS.transactItemsMax) {
      parts.push([]);
      touched.clear();
    }
    for (const name of names) touched.add(name);
    parts.at(-1)?.push(thing);
  }
  return parts;
}
