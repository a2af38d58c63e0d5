import { describeSession } from '../../../src/app/parity/session-recorder.ts';

describe('the description of a session', () => {
  it('keeps settings and no secret, wherever it stands', () => {
    const values = {
      seed: 7,
      eventLog: { url: 'kafka://ann:hidden@127.0.0.1:9092?replicas=1' },
      tickStore: { url: 'influxdb://127.0.0.1:8086/ats/ticks?token=hidden&x=1' },
      gateway: { tokens: [{ name: 'ann', token: 'hidden', accounts: ['main'] }] },
      risk: { approvalKey: 'hidden', approvalMs: 2000 },
      venueGateway: { accounts: { kraken: { apiKey: 'hidden', secret: 'hidden' } } },
      notification: { channels: { email: { host: 'hidden', password: 'hidden' } } },
    };
    const head = describeSession({ values, startedAtUs: 1 });
    expect(JSON.stringify(head)).not.toContain('hidden');
    expect(head.configuration).toMatchObject({
      seed: 7,
      eventLog: { url: 'kafka://***@127.0.0.1:9092?replicas=1' },
      tickStore: { url: 'influxdb://127.0.0.1:8086/ats/ticks?token=***&x=1' },
      risk: { approvalMs: 2000 },
      venueGateway: { accounts: { kraken: { apiKey: '***', secret: '***' } } },
    });
    expect(head.ended).toBeUndefined();
  });
});
