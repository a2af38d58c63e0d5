import { describeWithEngine, startAlertmanager, until } from '@ats/testkit';
import { CALL, type NotificationClient, Stage, WAIT } from './stage.ts';

const TOKEN = 'a-token-of-the-tests';
const SET = ['notification.alertmanager.port=0', `notification.alertmanager.token=${TOKEN}`];
const STARTED = '2026-11-23T08:15:30.123456789Z';

/** As Alertmanager 0.25 posts it, shortened in its group. */
function webhook(one: object = {}): object {
  return {
    version: '4',
    groupKey: '{}:{alertname="FeedStale"}',
    truncatedAlerts: 0,
    status: 'firing',
    receiver: 'ats',
    groupLabels: { alertname: 'FeedStale' },
    commonLabels: { alertname: 'FeedStale' },
    commonAnnotations: {},
    externalURL: 'http://localhost:9093',
    alerts: [
      {
        status: 'firing',
        labels: { alertname: 'FeedStale', severity: 'critical', area: 'system', venue: 'kraken' },
        annotations: {
          summary: 'No book of kraken is fresh',
          runbook: 'https://example.com/docs/runbooks/feed-stale.md',
        },
        startsAt: STARTED,
        endsAt: '0001-01-01T00:00:00Z',
        generatorURL: 'http://localhost:9090/graph?g0.expr=up',
        fingerprint: 'c6d0b1a2e3f40516',
        ...one,
      },
    ],
  };
}

describe('the webhook of Alertmanager', () => {
  let stage: Stage;
  let client: NotificationClient;
  let url: string;
  beforeAll(async () => {
    stage = await Stage.open();
    client = await stage.start({}, { set: SET });
    url = stage.running?.alertmanagerUrl ?? '';
  });
  afterAll(() => stage.close());

  const post = (body: unknown, token = TOKEN): Promise<Response> =>
    fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const conditions = async (key: string) => {
    const { conditions: all } = await client.ListConditions({ openOnly: false }, CALL);
    return all.filter(({ alert }) => alert?.key === key);
  };

  it('raises a condition once, however often it is posted, and ends it', async () => {
    const key = 'prometheus.FeedStale:c6d0b1a2e3f40516';
    expect((await post(webhook())).status).toBe(200);
    expect((await post(webhook())).status).toBe(200);
    const condition = await until(async () => (await conditions(key))[0], WAIT);
    expect(condition.alert).toMatchObject({
      ...{ severity: 'SEVERITY_CRITICAL', area: 'ALERT_AREA_SYSTEM', venue: 'kraken' },
      ...{ summary: 'No book of kraken is fresh', runbook: 'feed-stale' },
      raisedAtUs: Date.parse('2026-11-23T08:15:30Z') * 1000 + 123_456,
      facts: { query: 'http://localhost:9090/graph?g0.expr=up' },
    });
    const ended = { status: 'resolved', endsAt: '2026-11-23T08:20:00+00:00' };
    expect((await post(webhook(ended))).status).toBe(200);
    await until(async () => (await conditions(key))[0]?.alert?.resolvedAtUs, WAIT);
    const counted = { area: 'system', severity: 'critical' };
    expect(stage.metrics.value('ats_notification_alerts_total', counted)).toBe(2);
  });

  it('takes alerts that say little', async () => {
    const fingerprint = 'ab12';
    const said = { labels: { severity: 'page' }, annotations: {}, fingerprint };
    expect((await post(webhook(said))).status).toBe(200);
    const condition = await until(async () => (await conditions('prometheus.alert:ab12'))[0], WAIT);
    expect(condition.alert).toMatchObject({ severity: 'SEVERITY_WARNING', summary: 'alert' });
  });

  it('refuses what it cannot trust or read, and says why', async () => {
    const cases = [
      [await post(webhook(), 'another-token-of-whom'), 401, 'REQUEST_UNAUTHENTICATED'],
      [await post('{'), 400, 'REQUEST_INVALID'],
      [await post({ ...webhook(), version: '3' }), 400, 'REQUEST_INVALID'],
      [await post('x'.repeat(5_000_000)), 413, 'REQUEST_TOO_LARGE'],
    ] as const;
    for (const [answer, status, code] of cases) {
      expect([answer.status, await answer.json()]).toMatchObject([status, { code }]);
    }
    const wrong = await post(webhook({ fingerprint: '../x' }));
    expect(await wrong.json()).toMatchObject({
      code: 'REQUEST_INVALID',
      field: 'alerts.0.fingerprint',
      value: '"../x"',
    });
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await fetch(url, { headers })).status).toBe(404);
    expect((await fetch(url)).status).toBe(401);
  });

  it('does not listen without a token', async () => {
    const other = await Stage.open();
    await other.start();
    expect(other.running?.alertmanagerUrl).toBeUndefined();
    await other.close();
  });

  it('says that it has not taken what the log does not take', async () => {
    const other = await Stage.open();
    await other.start({}, { set: SET });
    const at = other.running?.alertmanagerUrl ?? '';
    await other.log.close();
    const headers = { authorization: `Bearer ${TOKEN}` };
    const body = JSON.stringify(webhook());
    expect((await fetch(at, { method: 'POST', headers, body })).status).toBe(503);
    await other.stop();
    await other.store.close();
  });

  describeWithEngine('alertmanager', 'from the real Alertmanager', () => {
    it('takes what it posts, the end too', async () => {
      const config = [
        'route: { receiver: ats, group_wait: 0s, group_interval: 1s }',
        'receivers:',
        '  - name: ats',
        '    webhook_configs:',
        `      - url: ${url}`,
        '        http_config: { authorization: { credentials: a-token-of-the-tests } }',
      ].join('\n');
      const alertmanager = await startAlertmanager(config);
      try {
        const raise = (end: object): Promise<Response> =>
          fetch(`${alertmanager.url}/api/v2/alerts`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify([
              {
                labels: { alertname: 'VenueClosed', severity: 'critical', venue: 'upbit' },
                annotations: { summary: 'upbit takes no orders', runbook: 'venue-closed' },
                ...end,
              },
            ]),
          });
        expect((await raise({})).status).toBe(200);
        const open = async () => {
          const { conditions: all } = await client.ListConditions({ openOnly: false }, CALL);
          return all.find(({ alert }) => alert?.key.startsWith('prometheus.VenueClosed:'));
        };
        const { alert } = await until(open, WAIT);
        expect(alert).toMatchObject({ summary: 'upbit takes no orders', venue: 'upbit' });
        const endsAt = new Date(performance.timeOrigin + performance.now()).toISOString();
        expect((await raise({ endsAt })).status).toBe(200);
        await until(async () => (await open())?.alert?.resolvedAtUs, WAIT);
      } finally {
        await alertmanager.close();
      }
    });
  });
});
