import type { ClusterMetadata, Consumer } from '@platformatic/kafka';
import type { LogRecord, LogTopic } from '../event-log.ts';
import { recordsOf } from './kafka-records.ts';

type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>;

export interface FetchWish {
  readonly topic: LogTopic;
  /** The topic's name in Kafka. */
  readonly name: string;
  readonly partition: number;
  readonly from: number;
}

export interface Fetched {
  readonly wish: FetchWish;
  readonly records: readonly LogRecord[];
  /** The offset that comes after what was fetched; beyond the last record where there are gaps. */
  readonly next: number;
  /** The offset that the next record of the partition will get. */
  readonly end: number;
}

export interface FetchOptions {
  readonly client: Consumer;
  readonly wishes: readonly FetchWish[];
  /** How long the brokers wait for a first record. */
  readonly waitMs: number;
}

/** Whatever a partition gives at once; a larger record comes whole all the same. */
const PARTITION_BYTES = 512 * 1024;
const REQUEST_BYTES = 8 * 2 ** 20;
const READ_COMMITTED = 1;

function requestsByNode(wishes: readonly FetchWish[], metadata: ClusterMetadata) {
  const nodes = new Map<number, { topicId: string; wish: FetchWish }[]>();
  for (const wish of wishes) {
    const topic = metadata.topics.get(wish.name);
    const leader = topic?.partitions[wish.partition]?.leader ?? -1;
    if (topic === undefined || leader < 0) continue;
    const list = nodes.get(leader) ?? [];
    list.push({ topicId: topic.id, wish });
    nodes.set(leader, list);
  }
  return nodes;
}

function decode(response: FetchResponse, asked: readonly { topicId: string; wish: FetchWish }[]) {
  const found: Fetched[] = [];
  for (const { topicId, partitions } of response.responses) {
    for (const part of partitions) {
      const wish = asked.find(
        (one) => one.topicId === topicId && one.wish.partition === part.partitionIndex,
      )?.wish;
      if (wish === undefined) continue;
      const batches = part.records ?? [];
      const records = batches.flatMap((batch) => recordsOf(batch, wish));
      const last = batches.at(-1);
      const after = last === undefined ? 0 : Number(last.firstOffset) + last.lastOffsetDelta + 1;
      const next = Math.max(wish.from, after);
      found.push({ wish, records, next, end: Number(part.highWatermark) });
    }
  }
  return found;
}

/** Asks each leader once for all that is wanted of it. @throws what the client does */
export async function fetchRecords(options: FetchOptions): Promise<readonly Fetched[]> {
  const { client, wishes, waitMs } = options;
  const topics = [...new Set(wishes.map(({ name }) => name))];
  const metadata = await client.metadata({ topics });
  const nodes = [...requestsByNode(wishes, metadata)];
  const answers = await Promise.all(
    nodes.map(async ([node, asked]) => {
      const response = await client.fetch({
        node,
        topics: asked.map(({ topicId, wish }) => ({
          topicId,
          partitions: [
            {
              partition: wish.partition,
              fetchOffset: BigInt(wish.from),
              partitionMaxBytes: PARTITION_BYTES,
              currentLeaderEpoch: -1,
              lastFetchedEpoch: -1,
            },
          ],
        })),
        minBytes: 1,
        maxBytes: REQUEST_BYTES,
        maxWaitTime: waitMs,
        isolationLevel: READ_COMMITTED,
      });
      return decode(response, asked);
    }),
  );
  return answers.flat();
}
