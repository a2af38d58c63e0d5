import { AtsError, ERROR_CODES } from '@ats/domain';
import { Metadata, status } from '@grpc/grpc-js';
import { asAtsError, fromStatus, STATUS_OF, toStatus } from '../../src/rpc/status-table.ts';

describe('errors as gRPC statuses', () => {
  it.each(ERROR_CODES)('carry %s there and back', (code) => {
    const error = new AtsError({
      code,
      message: 'what is wrong',
      remedy: 'do this',
      retry: 'unknown',
      context: { field: 'f', value: 1 },
    });
    const carried = toStatus(error);
    expect(carried.code).toBe(STATUS_OF[code]);
    expect(carried.code).not.toBe(status.OK);
    expect(fromStatus(carried, 'm')).toMatchObject({
      code,
      message: 'what is wrong',
      remedy: 'do this',
      retry: 'unknown',
      context: { field: 'f', value: 1, method: 'm' },
    });
  });

  it.each([
    [status.UNAVAILABLE, 'RPC_UNAVAILABLE', 'unknown'],
    [status.DEADLINE_EXCEEDED, 'RPC_DEADLINE_EXCEEDED', 'unknown'],
    [status.UNIMPLEMENTED, 'RPC_INVALID_ARGUMENT', 'never'],
    [status.DATA_LOSS, 'RPC_INTERNAL', 'unknown'],
    [status.PERMISSION_DENIED, 'REQUEST_FORBIDDEN', 'never'],
    [status.UNAUTHENTICATED, 'REQUEST_UNAUTHENTICATED', 'never'],
  ])('read status %d of a stranger as %s', (code, expected, retry) => {
    expect(fromStatus({ code, details: 'd' }, 'm')).toMatchObject({ code: expected, retry });
  });

  it('read nothing into metadata that makes no sense', () => {
    const metadata = new Metadata();
    metadata.set('ats-code', 'NO_SUCH_CODE');
    metadata.set('ats-retry', 'perhaps');
    metadata.set('ats-context', '%E0%A4%A');
    const error = fromStatus({ code: status.UNAVAILABLE, details: 'd', metadata }, 'm');
    expect(error).toMatchObject({
      code: 'RPC_UNAVAILABLE',
      retry: 'unknown',
      context: { method: 'm' },
    });
  });

  it('leave out what is too long for metadata', () => {
    const error = new AtsError({ code: 'RPC_INTERNAL', message: 'm', remedy: 'x'.repeat(5000) });
    expect(fromStatus(toStatus(error), 'm').remedy).toBeUndefined();
  });

  it('hide what an unforeseen error said and keep it as the cause', () => {
    const thrown = new Error('secret');
    const error = asAtsError(thrown);
    expect(error.code).toBe('RPC_INTERNAL');
    expect(error.message).not.toContain('secret');
    expect(error.cause).toBe(thrown);
  });
});
