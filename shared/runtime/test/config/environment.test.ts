import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AtsError } from '@ats/domain';
import { loadConfig, valueAt } from '../../src/index.ts';

const folder = join(import.meta.dirname, '../../../../config');

function load(environment: Record<string, string>, yaml?: string) {
  const file = join(mkdtempSync(join(tmpdir(), 'ats-environment-')), 'my.yaml');
  if (yaml !== undefined) writeFileSync(file, yaml);
  const from = yaml === undefined ? {} : { file };
  return loadConfig({ folder, ...from, environment, assignments: [] }).values;
}

function refusal(environment: Record<string, string>): AtsError {
  try {
    load(environment);
  } catch (error) {
    return error as AtsError;
  }
  throw new Error('nothing was refused');
}

describe('variables', () => {
  test.each([
    ['ATS_ENGINE__MIN_EDGE_BPS', '2.5', 'engine.minEdgeBps', 2.5],
    ['ATS_RISK__HALTED', 'true', 'risk.halted', true],
    ['ATS_COLLECTOR__CHANNELS', '[book, trade]', 'collector.channels', ['book', 'trade']],
    ['ATS_NOTIFICATION__FLOOD', '{ messagesMax: 9 }', 'notification.flood.messagesMax', 9],
    ['ATS_ADMIN__PORTS__PRICE_COLLECTOR', '0', 'admin.ports.price-collector', 0],
    ['ATS_ASSETS__BTC__NETWORK', 'bitcoin', 'assets.BTC.network', 'bitcoin'],
    // A text is taken as it stands, whatever YAML would make of it.
    ['ATS_ARCHIVE__URL', 'file:./a #b', 'archive.url', 'file:./a #b'],
    ['ATS_ACCESS__MASTER_KEY', '012345678901234567', 'access.masterKey', '012345678901234567'],
    ['ATS_ACCESS__PASSPHRASE', '# true: no', 'access.passphrase', '# true: no'],
    ['ATS_ACCESS__PASSPHRASE', "'in quotes of YAML'", 'access.passphrase', 'in quotes of YAML'],
    ['ATS_ACCESS__MASTER_KEY', '~', 'access.masterKey', null],
    // What no file has, and the schema does.
    ['ATS_RISK__APPROVAL_KEY', 'k'.repeat(40), 'risk.approvalKey', 'k'.repeat(40)],
    ['ATS_SECURITY__TLS__KEY_FILE', '/run/key.pem', 'security.tls.keyFile', '/run/key.pem'],
    [
      'ATS_VENUE_GATEWAY__ACCOUNTS__BINANCE__PASSPHRASE',
      '7',
      'venueGateway.accounts.binance.passphrase',
      '7',
    ],
    // Names in maps: a venue's, an asset's, or one's own in small letters.
    ['ATS_VENUE_GATEWAY__CONNECTORS__KRAKEN', 'paper', 'venueGateway.connectors.kraken', 'paper'],
    [
      'ATS_OMS__RECONCILIATION__FEE_TOLERANCE__BTC',
      '0.1',
      'oms.reconciliation.feeTolerance.BTC',
      '0.1',
    ],
    [
      'ATS_NOTIFICATION__CHANNELS__ON_CALL__KIND',
      'email',
      'notification.channels.on-call.kind',
      'email',
    ],
  ])('%s=%s', (name, text, path, value) => {
    expect(valueAt(load({ [name]: text }), path.split('.'))).toEqual(value);
  });

  test('reach a channel that the file has', () => {
    const yaml = 'notification: { channels: { mail: { kind: email } } }';
    const values = load({ ATS_NOTIFICATION__CHANNELS__MAIL__PASSWORD: '12345' }, yaml);
    const mail = valueAt(values, ['notification', 'channels', 'mail']);
    expect(mail).toEqual({ kind: 'email', password: '12345' });
  });

  test('that name no setting are all named, each with what was meant', () => {
    const { code, message, context } = refusal({
      ATS_ENGINE__MIN_EGDE_BPS: 'not to be shown',
      ATS_TICKSTORE__BATCHSIZE: '7',
      ATS_COLLECTOR__REST__BREAKER_RESET_MS: '5',
      ATS_ZZZZZZZZZZZZZZZ: '1',
    });
    expect(code).toBe('CONFIG_INVALID');
    expect(message).toContain('did you mean ATS_ENGINE__MIN_EDGE_BPS (engine.minEdgeBps)');
    expect(message).toContain('it is now ATS_COLLECTOR__REST__BREAKER__OPEN_MS');
    expect(message).toMatch(/ATS_ZZZZZZZZZZZZZZZ names no setting$/m);
    expect(message).not.toContain('TICKSTORE');
    expect(JSON.stringify([message, context])).not.toContain('not to be shown');
  });
});
