import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AtsError } from '@ats/domain';

/**
 * Listens, with the errors a person meets turned into words.
 * @returns the port in use, also when 0 was asked for. @throws PORT_IN_USE
 */
export async function listenOn(
  server: Server,
  address: { readonly host: string; readonly port: number; readonly field: string },
): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const failed = (cause: NodeJS.ErrnoException): void => reject(listenError(cause, address));
    server.once('error', failed);
    server.listen(address.port, address.host, () => {
      server.off('error', failed);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

function listenError(
  cause: NodeJS.ErrnoException,
  address: { readonly host: string; readonly port: number; readonly field: string },
): AtsError {
  const where = `${address.host}:${address.port}`;
  const why =
    cause.code === 'EADDRINUSE'
      ? 'is in use'
      : `cannot be listened on (${cause.code ?? 'unknown'})`;
  return new AtsError({
    code: 'PORT_IN_USE',
    message: `${address.field}: ${where} ${why}`,
    remedy: `Stop what listens there, or take any free port with --set ${address.field}=0.`,
    context: { field: address.field, value: address.port },
    cause,
  });
}
