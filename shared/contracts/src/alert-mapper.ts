import {
  type Acknowledgement,
  type Alert,
  type AlertArea,
  type InstrumentId,
  type Severity,
  venueId,
} from '@ats/domain';
import type { WireAlert } from './generated/ats/alert/v1/Alert.ts';
import type { WireAlertArea } from './generated/ats/alert/v1/AlertArea.ts';
import type { WireSeverity } from './generated/ats/alert/v1/Severity.ts';
import { enumPair, readInteger, readName, readOptional } from './wire-fields.ts';

const SEVERITY = enumPair<Severity, WireSeverity>({
  info: 'SEVERITY_INFO',
  warning: 'SEVERITY_WARNING',
  critical: 'SEVERITY_CRITICAL',
  emergency: 'SEVERITY_EMERGENCY',
});

const AREA = enumPair<AlertArea, WireAlertArea>({
  risk: 'ALERT_AREA_RISK',
  trade: 'ALERT_AREA_TRADE',
  system: 'ALERT_AREA_SYSTEM',
  security: 'ALERT_AREA_SECURITY',
});

export function alertToWire(alert: Alert): WireAlert {
  return {
    ...alert,
    severity: SEVERITY.toWire(alert.severity),
    area: AREA.toWire(alert.area),
    facts: { ...alert.facts },
    venue: alert.venue ?? '',
    instrument: alert.instrument ?? '',
    resolvedAtUs: alert.resolvedAtUs ?? 0,
    acknowledgement: alert.acknowledgement ?? null,
  };
}

/** @throws MESSAGE_MALFORMED with the field that is missing or unreadable */
export function alertFromWire(wire: WireAlert): Alert {
  const resolvedAtUs = readInteger('resolved_at_us', wire.resolvedAtUs);
  return {
    alertId: readName('alert_id', wire.alertId),
    key: readName('key', wire.key),
    severity: SEVERITY.fromWire('severity', wire.severity),
    area: AREA.fromWire('area', wire.area),
    summary: wire.summary,
    action: wire.action,
    remedy: wire.remedy,
    runbook: wire.runbook,
    facts: { ...wire.facts },
    venue: readOptional('venue', wire.venue, (_field, text) => venueId(text)),
    instrument: readOptional('instrument', wire.instrument, (_field, text) => text as InstrumentId),
    raisedAtUs: readInteger('raised_at_us', wire.raisedAtUs),
    resolvedAtUs: resolvedAtUs === 0 ? undefined : resolvedAtUs,
    correlationId: wire.correlationId,
    acknowledgement: acknowledgementFromWire(wire.acknowledgement),
  };
}

function acknowledgementFromWire(wire: WireAlert['acknowledgement']): Acknowledgement | undefined {
  if (wire === null) return undefined;
  const actor = readName('acknowledgement.actor', wire.actor);
  const atUs = readInteger('acknowledgement.at_us', wire.atUs);
  return { actor, reason: wire.reason, atUs };
}
