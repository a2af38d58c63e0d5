import type { Admin, Consumer } from '@platformatic/kafka';
import type { LogTopic } from '../event-log.ts';
import { partitionsOf } from './topics.ts';

export interface Position {
  /** The first offset that is not committed; undefined where the group has never committed. */
  readonly committed: number | undefined;
  /** The offset that the next record will get. */
  readonly end: number;
}

/** @returns for each partition of the topics, by `name/partition`, where a group stands. */
export async function positionsOf(options: {
  readonly admin: Admin;
  readonly reader: Consumer;
  readonly groupId: string;
  readonly topics: readonly { readonly topic: LogTopic; readonly name: string }[];
}): Promise<ReadonlyMap<string, Position>> {
  const { admin, reader, groupId, topics } = options;
  const asked = topics.map(({ topic, name }) => {
    const partitionIndexes = Array.from({ length: partitionsOf(topic) }, (_, index) => index);
    return { name, partitionIndexes };
  });
  const names = topics.map(({ name }) => name);
  const [groups, ends] = await Promise.all([
    admin.listConsumerGroupOffsets({ groups: [{ groupId, topics: asked }] }),
    reader.listOffsets({ topics: names }),
  ]);
  const committed = new Map<string, number>();
  for (const { name, partitions } of groups[0]?.topics ?? []) {
    for (const { partitionIndex, committedOffset } of partitions) {
      if (committedOffset >= 0n)
        committed.set(`${name}/${partitionIndex}`, Number(committedOffset));
    }
  }
  const found = new Map<string, Position>();
  for (const { name, partitionIndexes } of asked) {
    for (const partition of partitionIndexes) {
      const place = `${name}/${partition}`;
      const end = Number(ends.get(name)?.[partition] ?? 0n);
      found.set(place, { committed: committed.get(place), end });
    }
  }
  return found;
}
