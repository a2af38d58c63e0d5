import { AtsError } from '@ats/domain';
import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { failureCode } from '../remote/remote-failure.ts';
import { STATE_TABLES } from '../state-store.ts';
import { OWN } from './dynamo-items.ts';
import type { DynamoPlace } from './dynamo-place.ts';

async function exists(sdk: DynamoDBClient, table: string): Promise<boolean> {
  try {
    const { Table } = await sdk.send(new DescribeTableCommand({ TableName: table }));
    return Table?.TableStatus === 'ACTIVE' || Table?.TableStatus === 'UPDATING';
  } catch (error) {
    if (failureCode(error) === 'ResourceNotFoundException') return false;
    throw error;
  }
}

async function create(sdk: DynamoDBClient, table: string): Promise<void> {
  try {
    await sdk.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: OWN.partition, KeyType: 'HASH' },
          { AttributeName: OWN.sort, KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          { AttributeName: OWN.partition, AttributeType: 'S' },
          { AttributeName: OWN.sort, AttributeType: 'S' },
        ],
      }),
    );
  } catch (error) {
    // Another process makes it at this moment.
    if (failureCode(error) !== 'ResourceInUseException') throw error;
  }
}

async function expireItems(sdk: DynamoDBClient, table: string): Promise<void> {
  const TimeToLiveSpecification = { AttributeName: OWN.timeToLive, Enabled: true };
  try {
    await sdk.send(new UpdateTimeToLiveCommand({ TableName: table, TimeToLiveSpecification }));
  } catch (error) {
    // It is on already.
    if (failureCode(error) !== 'ValidationException') throw error;
  }
}

/**
 * Makes the tables that are missing where the URL asks for it, and otherwise insists on them.
 *
 * @throws STORAGE_UNAVAILABLE when a table is missing, and what the requests throw.
 */
export async function ensureTables(
  sdk: DynamoDBClient,
  place: DynamoPlace,
  sleep: (delayMs: number) => Promise<void>,
): Promise<void> {
  const names = STATE_TABLES.map((table) => `${place.prefix}${table}`);
  const missing: string[] = [];
  for (const name of names) if (!(await exists(sdk, name))) missing.push(name);
  if (missing.length === 0) return;
  if (place.createsTables) for (const name of missing) await create(sdk, name);
  for (const name of missing) {
    let ready = await exists(sdk, name);
    for (let tries = 0; !ready && place.createsTables && tries < TRIES_MAX; tries += 1) {
      await sleep(POLL_MS);
      ready = await exists(sdk, name);
    }
    if (!ready) throw missingTable(name);
    if (place.createsTables) await expireItems(sdk, name);
  }
}

const TRIES_MAX = 60;
const POLL_MS = 500;

function missingTable(name: string): AtsError {
  return new AtsError({
    code: 'STORAGE_UNAVAILABLE',
    message: `stateStore.url: there is no active table "${name}"`,
    remedy: 'Make the tables first, or add ?create=true to stateStore.url.',
    retry: 'safe',
    context: { field: 'stateStore.url', value: name },
  });
}
