import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import type { DraftProblems, OrderDraft } from '../../text/order-draft.ts';
import { Field, Segments, SelectField } from '../../ui/field.tsx';

interface TicketFieldsProps {
  readonly draft: OrderDraft;
  readonly listing: Message<'ats.marketdata.v1.MarketListing'>;
  readonly problems: DraftProblems;
  onDraft(draft: OrderDraft): void;
}

export function TicketFields({ draft, listing, problems, onDraft }: TicketFieldsProps): ReactNode {
  const { t } = useTranslation();
  const [base = '', quote = ''] = listing.instrument.split('/');
  const says = (problem: readonly [string, string] | undefined): string | undefined =>
    problem === undefined ? undefined : t(problem[0], { value: problem[1] });
  const limited = draft.type === 'ORDER_TYPE_LIMIT';
  return (
    <>
      <Segments
        label={t('Side')}
        value={draft.side}
        options={[
          { value: 'ORDER_SIDE_BUY', label: t('Buy') },
          { value: 'ORDER_SIDE_SELL', label: t('Sell') },
        ]}
        onValue={(side) => onDraft({ ...draft, side: side as OrderDraft['side'] })}
      />
      <Segments
        label={t('Type')}
        value={draft.type}
        options={[
          { value: 'ORDER_TYPE_LIMIT', label: t('Limit') },
          { value: 'ORDER_TYPE_MARKET', label: t('Market order') },
        ]}
        onValue={(type) => onDraft({ ...draft, type: type as OrderDraft['type'] })}
      />
      <Field
        label={t('Quantity, {{unit}}', { unit: base })}
        name="quantity"
        inputMode="decimal"
        value={draft.quantity}
        problem={says(problems.quantity)}
        onText={(quantity) => onDraft({ ...draft, quantity })}
      />
      {limited ? (
        <>
          <Field
            label={t('Limit price, {{unit}}', { unit: quote })}
            inputMode="decimal"
            value={draft.limitPrice}
            problem={says(problems.limitPrice)}
            onText={(limitPrice) => onDraft({ ...draft, limitPrice })}
          />
          <SelectField
            label={t('Time in force')}
            value={draft.timeInForce}
            options={[
              { value: 'TIME_IN_FORCE_GTC', label: t('Until cancelled') },
              { value: 'TIME_IN_FORCE_IOC', label: t('Immediate or cancel') },
              { value: 'TIME_IN_FORCE_FOK', label: t('Fill or kill') },
            ]}
            onValue={(value) =>
              onDraft({ ...draft, timeInForce: value as OrderDraft['timeInForce'] })
            }
          />
          <label className="check">
            <input
              type="checkbox"
              checked={draft.postOnly}
              onChange={(event) => onDraft({ ...draft, postOnly: event.target.checked })}
            />
            {t('Only add liquidity')}
          </label>
        </>
      ) : null}
    </>
  );
}
