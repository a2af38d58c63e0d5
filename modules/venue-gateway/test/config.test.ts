import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { loadConfig, parseConfig } from '@ats/runtime';
import { connectorOf, venueGatewayConfigSchema } from '../src/config.ts';

const folder = fileURLToPath(new URL('../../../config', import.meta.url));

const read = (assignments: readonly string[], environment: Record<string, string> = {}) =>
  parseConfig(loadConfig({ folder, environment, assignments }), venueGatewayConfigSchema);

describe('the configuration of the venue gateway', () => {
  it('chooses connectors by mode, and by venue where one is named', () => {
    const config = read(['mode=paper', 'venueGateway.connectors={"kraken":"live"}']);
    expect(connectorOf(config, 'binance')).toBe('paper');
    expect(connectorOf(config, 'kraken')).toBe('live');
    expect(connectorOf(read([]), 'binance')).toBe('simulated');
  });

  it('shows no key and no secret, however it is printed', () => {
    const { venueGateway } = read([], {
      ATS_VENUE_GATEWAY__ACCOUNTS__BINANCE__API_KEY: 'key-of-mine',
      ATS_VENUE_GATEWAY__ACCOUNTS__BINANCE__SECRET: '12345678',
    });
    const account = venueGateway.accounts['binance'];
    expect(account?.apiKey.reveal()).toBe('key-of-mine');
    expect(account?.secret.reveal()).toBe('12345678');
    const printed = [JSON.stringify(venueGateway), inspect(venueGateway, { depth: 9 })];
    for (const text of [...printed, String(account?.secret)]) {
      expect(text).not.toMatch(/key-of-mine|12345678|demo-kraken/);
    }
  });

  it('asks for a default budget', () => {
    expect(() => read(['venueGateway.budgets={"default":null}'])).toThrow(/budgets/);
  });
});
