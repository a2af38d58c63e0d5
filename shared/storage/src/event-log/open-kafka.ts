import type { EventLog } from '../event-log.ts';
import type { KafkaEventLogOptions } from './kafka-event-log.ts';

/**
 * Opens the log in Kafka (4.x, or what speaks its protocol). Its client takes most of a second to
 * load, so that is done only here.
 *
 * @throws STORAGE_URL_INVALID, STORAGE_UNAVAILABLE when no broker answers.
 */
export async function openKafkaEventLog(options: KafkaEventLogOptions): Promise<EventLog> {
  const { openKafka } = await import('./kafka-event-log.ts');
  return openKafka(options);
}
