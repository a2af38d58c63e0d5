import {
  ALERT_AREAS,
  type Alert,
  type InstrumentId,
  isAtLeast,
  SEVERITIES,
  type VenueId,
} from '@ats/domain';
import { z } from 'zod';
import { BELL, EVERYBODY, shortName } from './person.ts';

export const FREQUENCIES = ['immediate', 'batched', 'hourly', 'daily'] as const;
export type Frequency = (typeof FREQUENCIES)[number];

export const ruleSchema = z
  .strictObject({
    ruleId: z.string().min(1).max(100),
    personId: shortName,
    channel: shortName,
    severityMin: z.enum(SEVERITIES),
    area: z.enum(ALERT_AREAS).optional(),
    venue: z
      .string()
      .min(1)
      .transform((text) => text as VenueId)
      .optional(),
    instrument: z
      .string()
      .min(1)
      .transform((text) => text as InstrumentId)
      .optional(),
    frequency: z.enum(FREQUENCIES),
    escalateTo: z.array(shortName).max(10),
    acknowledgeWithinS: z.int().min(0).max(604_800),
  })
  .refine(
    ({ escalateTo, acknowledgeWithinS }) => escalateTo.length === 0 || acknowledgeWithinS > 0,
    {
      path: ['acknowledgeWithinS'],
      message: 'expected how many seconds each has to acknowledge',
    },
  );

/** Who is told of what, on which channel, and how soon. Absent fields leave nothing out. */
export type Rule = Readonly<z.output<typeof ruleSchema>>;

/** The rule that rings everybody's bell. */
export const EVERYBODYS_RULE: Rule = {
  ruleId: EVERYBODY,
  personId: EVERYBODY,
  channel: BELL,
  severityMin: 'info',
  frequency: 'immediate',
  escalateTo: [],
  acknowledgeWithinS: 0,
};

/** Whether the rule is about this alert. */
export function matches(rule: Rule, alert: Alert): boolean {
  return (
    isAtLeast(alert.severity, rule.severityMin) &&
    (rule.area === undefined || rule.area === alert.area) &&
    (rule.venue === undefined || rule.venue === alert.venue) &&
    (rule.instrument === undefined || rule.instrument === alert.instrument)
  );
}
