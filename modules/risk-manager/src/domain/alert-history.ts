import { type Alert, isAtLeast } from '@ats/domain';

/**
 * An alert once more is known of it. Its end is its last word; an acknowledgement, the first one,
 * stays until it worsens. What is older and comes late changes nothing.
 */
export function alertAfter(before: Alert | undefined, told: Alert): Alert {
  if (before === undefined) return told;
  if (before.resolvedAtUs !== undefined) return before;
  const worse = !isAtLeast(before.severity, told.severity);
  const acknowledgement = worse
    ? told.acknowledgement
    : (before.acknowledgement ?? told.acknowledgement);
  if (told.acknowledgement === undefined || worse) return { ...told, acknowledgement };
  // It says who has in hand what was told, which may have worsened meanwhile.
  return isAtLeast(told.severity, before.severity) ? { ...before, acknowledgement } : before;
}

/** Whether it is a condition that stands: what is for the record alone never does. */
export const stands = ({ severity, resolvedAtUs }: Alert): boolean =>
  severity !== 'info' && resolvedAtUs === undefined;
