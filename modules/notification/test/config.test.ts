import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { loadConfig, parseConfig } from '@ats/runtime';
import { notificationConfigSchema } from '../src/index.ts';

const folder = fileURLToPath(new URL('../../../config', import.meta.url));

function parse(...assignments: readonly string[]) {
  const settings = assignments.map((one) => `notification.${one}`);
  const loaded = loadConfig({ folder, environment: {}, assignments: settings });
  return parseConfig(loaded, notificationConfigSchema).notification;
}

describe('the configuration of notifications', () => {
  it('has no channels by default, and needs none', () => {
    expect(parse().channels).toEqual({});
  });

  it('takes secrets from the environment and never shows them', () => {
    const name = 'ATS_NOTIFICATION__CHANNELS__EMAIL__PASSWORD';
    const assignments = ['kind=email', 'host=smtp.example.com', 'port=587', 'security=starttls']
      .concat('from=ats@example.com')
      .map((one) => `notification.channels.email.${one}`);
    const file = join(mkdtempSync(join(tmpdir(), 'ats-config-')), 'my.yaml');
    writeFileSync(file, 'notification: { channels: { email: { password: "" } } }');
    const loaded = loadConfig({ folder, file, environment: { [name]: 'hunter-two' }, assignments });
    const { channels } = parseConfig(loaded, notificationConfigSchema).notification;
    expect(channels).toMatchObject({ email: { kind: 'email', port: 587 } });
    const { email } = channels;
    expect(email?.kind === 'email' && email.password?.reveal()).toBe('hunter-two');
    expect(inspect(channels, { depth: 9 }) + JSON.stringify(channels)).not.toContain('hunter');
  });

  it.each([
    [['zone=Mars/Base'], 'notification.zone is "Mars/Base": expected an IANA time zone'],
    [['dashboardUrl=nowhere'], 'notification.dashboardUrl is "nowhere": expected an http'],
    [
      ['channels.bell.kind=webhook', 'channels.bell.secret=a-secret-of-some-length'],
      'expected another name: the bell is always there',
    ],
    [['channels.hook.kind=pigeon'], 'notification.channels.hook.kind is "pigeon"'],
    [
      ['channels.hook.kind=webhook', 'channels.hook.secret=short'],
      'notification.channels.hook.secret is "***": expected a secret of 16 characters or more',
    ],
    [['channels.chat.kind=slack'], 'expected either webhookUrl or token'],
    [['colour=red'], 'notification.colour is no setting'],
  ])('refuses %p with field, value and what was expected', (assignments, said) => {
    expect(() => parse(...assignments)).toThrow(said);
  });
});
