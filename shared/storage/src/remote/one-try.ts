import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

/**
 * Keeps the AWS SDK from repeating requests: the adapters do so by what a failure means, within
 * their own limits, and the SDK's way would hide the code of the failure.
 */
type RetryStrategy = Exclude<DynamoDBClientConfig['retryStrategy'], undefined>;
export const ONE_TRY: RetryStrategy = { mode: 'one-try', retry: (next, args) => next(args) };
