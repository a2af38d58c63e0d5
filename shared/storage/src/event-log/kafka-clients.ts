import { Admin, type BaseOptions, Consumer, Producer } from '@platformatic/kafka';
import type { KafkaPlace } from './kafka-place.ts';

export interface KafkaLimits {
  /** How long one request may take. */
  readonly timeoutMs: number;
  /** After how long without a heartbeat the partitions of a process go to others. */
  readonly sessionTimeoutMs: number;
}

const RETRIES = 3;
const RETRY_DELAY_MS = 200;
const HEARTBEATS_PER_SESSION = 10;
/** Everything of ours but a group's membership may be asked for under this name. */
const NO_GROUP = 'ats-reader';

/** Makes the clients of one cluster, all with the same limits. */
export class KafkaClients {
  private readonly base: BaseOptions;
  private readonly limits: KafkaLimits;

  constructor(place: KafkaPlace, limits: KafkaLimits) {
    const { timeoutMs } = limits;
    this.limits = limits;
    this.base = {
      clientId: 'ats',
      bootstrapBrokers: [...place.brokers],
      timeout: timeoutMs,
      connectTimeout: timeoutMs,
      requestTimeout: timeoutMs,
      retries: RETRIES,
      retryDelay: RETRY_DELAY_MS,
      autocreateTopics: false,
      ...(place.tls ? { tls: {} } : {}),
    };
  }

  admin(): Admin {
    return new Admin({ ...this.base });
  }

  /** Idempotent: what is sent again after a lost answer is there once. */
  producer(): Producer<Buffer, Buffer, Buffer, Buffer> {
    return new Producer<Buffer, Buffer, Buffer, Buffer>({
      ...this.base,
      idempotent: true,
      acks: -1,
    });
  }

  /** Fetches, and belongs to no group. */
  reader(): Consumer {
    return new Consumer({ ...this.base, groupId: NO_GROUP, autocommit: false });
  }

  /**
   * Belongs to a group. It repeats nothing by itself: a commit that is repeated after a rebalance
   * could move back a partition that is another member's by then.
   */
  member(groupId: string): Consumer {
    const { sessionTimeoutMs, timeoutMs } = this.limits;
    return new Consumer({
      ...this.base,
      groupId,
      autocommit: false,
      retries: 0,
      // Joining waits for the other members.
      requestTimeout: sessionTimeoutMs + timeoutMs,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: sessionTimeoutMs,
      heartbeatInterval: Math.ceil(sessionTimeoutMs / HEARTBEATS_PER_SESSION),
      protocols: [{ name: 'cooperative-sticky', version: 1 }],
    });
  }
}
