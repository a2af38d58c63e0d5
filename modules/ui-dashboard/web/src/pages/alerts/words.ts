import { bare, words } from '../../text/format.ts';

export const NOTIFICATION = 'ats.notification.v1.NotificationService';

export const ANY_AREA = 'ALERT_AREA_UNSPECIFIED';
export const AREAS = [
  'ALERT_AREA_RISK',
  'ALERT_AREA_TRADE',
  'ALERT_AREA_SYSTEM',
  'ALERT_AREA_SECURITY',
] as const;

/** `ALERT_AREA_RISK` in words: `Risk`. */
export const areaWords = (area: string): string => words(bare(area, 'ALERT_AREA_'));
