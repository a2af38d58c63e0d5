import { ALERT_AREAS, type Alert } from '@ats/domain';
import { z } from 'zod';
import { shortName } from './person.ts';

export const muteSchema = z
  .strictObject({
    muteId: z.string().min(1).max(100),
    key: z.string().min(1).max(512).optional(),
    area: z.enum(ALERT_AREAS).optional(),
    personId: shortName.optional(),
    untilUs: z.int().min(1).optional(),
    actor: z.string().min(1, 'expected who mutes').max(100),
    reason: z.string().max(1000),
    mutedAtUs: z.int().min(0),
  })
  .refine(({ key, area }) => (key === undefined) !== (area === undefined), {
    path: ['key'],
    message: 'expected either a key or an area',
  });

/**
 * A key or an area that is not told, to one person or to everybody. With an end it is a snooze,
 * which holds back; without, what it covers is not told at all.
 */
export type Mute = Readonly<z.output<typeof muteSchema>>;

export type MuteVerdict =
  | { readonly kind: 'told' }
  | { readonly kind: 'muted'; readonly muteId: string }
  | { readonly kind: 'snoozed'; readonly muteId: string; readonly untilUs: number };

const covers = (mute: Mute, alert: Alert, personId: string): boolean =>
  (mute.personId === undefined || mute.personId === personId) &&
  // Who mutes an area does not foresee everything in it; who mutes a key knows what it is.
  (mute.key !== undefined
    ? mute.key === alert.key
    : mute.area === alert.area && alert.severity !== 'emergency');

/** Whether a person hears of an alert now; a mute without an end wins, then the latest end. */
export function judgeMutes(
  mutes: Iterable<Mute>,
  { alert, personId, nowUs }: { alert: Alert; personId: string; nowUs: number },
): MuteVerdict {
  let verdict: MuteVerdict = { kind: 'told' };
  for (const mute of mutes) {
    const { muteId, untilUs } = mute;
    if (!covers(mute, alert, personId)) continue;
    if (untilUs === undefined) return { kind: 'muted', muteId };
    if (untilUs <= nowUs) continue;
    if (verdict.kind === 'snoozed' && verdict.untilUs >= untilUs) continue;
    verdict = { kind: 'snoozed', muteId, untilUs };
  }
  return verdict;
}
