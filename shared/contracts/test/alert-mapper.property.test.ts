import { type Alert, isAtLeast, makeAlert, SEVERITIES } from '@ats/domain';
import fc from 'fast-check';
import { alertFromWire, alertToWire, wireCodec } from '../src/index.ts';
import { alerts } from './arbitraries.ts';

const ALERTS = wireCodec('ats.alert.v1.Alert');
const RAISED = { key: 'k', severity: 'info', area: 'risk', summary: 's', raisedAtUs: 5 } as const;

describe('alerts on the wire', () => {
  it('reads back every alert from its bytes', () => {
    fc.assert(
      fc.property(alerts, (alert) => {
        const bytes = ALERTS.encode(alertToWire(alert));
        expect(alertFromWire(ALERTS.decode(bytes))).toEqual(alert);
      }),
    );
  });

  it.each([
    ['alert_id', { alertId: '' }],
    ['key', { key: '' }],
    ['severity', { severity: 'SEVERITY_UNSPECIFIED' }],
    ['area', { area: 'ALERT_AREA_UNSPECIFIED' }],
  ] as const)('names %s where it cannot be read', (field, changes) => {
    const wire = { ...alertToWire(makeAlert(RAISED)), ...changes };
    expect(() => alertFromWire(wire)).toThrow(
      expect.objectContaining({
        code: 'MESSAGE_MALFORMED',
        context: expect.objectContaining({ field }),
      }),
    );
  });
});

describe('an alert', () => {
  it('is called by its condition and when it began', () => {
    const alert: Alert = makeAlert(RAISED);
    expect(alert).toMatchObject({ alertId: 'k:5', correlationId: 'k:5', resolvedAtUs: undefined });
  });

  it('is at least as severe as itself and all that is milder', () => {
    const milder = SEVERITIES.map((least) => isAtLeast('critical', least));
    expect(milder).toEqual([true, true, true, false]);
  });
});
