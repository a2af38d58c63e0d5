import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../feeds/session.tsx';
import { useParam } from '../feeds/use-param.ts';
import { Field, SelectField } from './field.tsx';

/** What is looked for, as the address has it; empty is any. */
export const useAssetVenue = (): { readonly base: string; readonly venue: string } => {
  const [base] = useParam('base');
  const [venue] = useParam('venue');
  return { base, venue };
};

/** Whether an asset and the venues of something are looked for. */
export const isLookedFor = (
  { base, venue }: ReturnType<typeof useAssetVenue>,
  of: { readonly base: string; readonly venues: readonly (string | undefined)[] },
): boolean => of.base.includes(base.toUpperCase()) && (venue === '' || of.venues.includes(venue));

/** The fields of that. */
export function AssetVenueFilter(): ReactNode {
  const { t } = useTranslation();
  const { system } = useSession();
  const [base, setBase] = useParam('base');
  const [venue, setVenue] = useParam('venue');
  const venues = system.venues.map((value) => ({ value, label: value }));
  return (
    <>
      <Field
        label={t('Asset')}
        className="in-line"
        value={base}
        onText={setBase}
        placeholder={t('Asset')}
        size={6}
      />
      <SelectField
        bare
        label={t('Venue')}
        value={venue}
        options={[{ value: '', label: t('All venues') }, ...venues]}
        onValue={setVenue}
      />
    </>
  );
}
