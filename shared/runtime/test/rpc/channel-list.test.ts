import { RISK_SERVICE } from '@ats/contracts';
import { freePort, until } from '@ats/testkit';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { RpcDirectory } from '../../src/index.ts';
import { openQuietDirectory, type RiskHandlers, riskHandlers, status } from './rpc-parts.ts';

let addresses = '';
const open: RpcDirectory[] = [];
const directory = (): RpcDirectory => {
  const opened = openQuietDirectory(addresses);
  open.push(opened);
  return opened;
};

beforeEach(async () => {
  addresses = `127.0.0.1:${await freePort()},127.0.0.1:${await freePort()}`;
});
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** An instance that says its name; it listens wherever the first free address is. */
async function instance(name: string, changes: Partial<RiskHandlers> = {}): Promise<RpcDirectory> {
  const opened = directory();
  await opened.serve(RISK_SERVICE, riskHandlers({ GetRiskStatus: () => status(name), ...changes }));
  return opened;
}

const nameOf = async (client: RpcDirectory, deadlineMs = 1000): Promise<string> =>
  client
    .client(RISK_SERVICE)
    .GetRiskStatus({}, { deadlineMs })
    .then(
      ({ haltReason }) => haltReason,
      () => '',
    );

it('stays with the instance that answers, and finds the other once it is gone', async () => {
  const first = await instance('first');
  const client = directory();
  expect(await nameOf(client)).toBe('first');
  await instance('second');
  expect(await nameOf(client)).toBe('first');
  await first.close();
  await until(async () => (await nameOf(client)) === 'second');
  const third = await instance('third');
  expect(await nameOf(client)).toBe('second');
  await third.close();
});

it('leaves an instance that hangs', async () => {
  await instance('hangs', { GetRiskStatus: () => new Promise(() => {}) });
  await instance('second');
  const client = directory();
  expect(await nameOf(client, 50)).toBe('');
  expect(await nameOf(client)).toBe('second');
});

it('opens a stream again at the instance that is there', async () => {
  const told: string[] = [];
  const asked = (name: string): Partial<RiskHandlers> => ({
    CheckOpportunityStream: () => ({ onMessage: () => void told.push(name), onClosed: () => {} }),
  });
  const first = await instance('first', asked('first'));
  const stream = directory().duplex(RISK_SERVICE, 'CheckOpportunityStream');
  const send = (): boolean =>
    stream.send({ correlationId: 1, opportunity: null, intent: null } as never);
  await until(() => send() && told.includes('first'));
  await first.close();
  await instance('second', asked('second'));
  await until(() => {
    send();
    return told.includes('second');
  });
});
