import { type ReactNode, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { newId } from '../../adapters/clock.ts';
import { useMay, useSession } from '../../feeds/session.tsx';
import { useAct, useRpc } from '../../feeds/use-rpc.ts';
import { isPositive } from '../../text/decimal-text.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, SelectField } from '../../ui/field.tsx';
import { ProblemBox } from '../../ui/problem-box.tsx';

/** Two legs that a person gives: checked, run and unwound as any other trade. */
export function ManualTrade(): ReactNode {
  const { t } = useTranslation();
  const may = useMay('trades.execute');
  const [open, setOpen] = useState(false);
  if (!may) return null;
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t('Trade by hand')}</Button>
      <Dialog
        open={open}
        onClose={() => setOpen(false)}
        title={t('Trade by hand')}
        description={t(
          'Both legs go out at once at their worst prices or better; what fills alone is unwound.',
        )}
      >
        {open ? <ManualForm /> : null}
      </Dialog>
    </>
  );
}

interface LegDraft {
  readonly market: string;
  readonly limitPrice: string;
}

const NO_LEG: LegDraft = { market: '', limitPrice: '' };

function legOf({ market, limitPrice }: LegDraft): {
  venue: string;
  instrument: string;
  limitPrice: string;
} {
  const [venue = '', instrument = ''] = market.split(' ');
  return { venue, instrument, limitPrice };
}

function ManualForm(): ReactNode {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { user } = useSession();
  const [requestId] = useState(newId);
  const [buy, setBuy] = useState(NO_LEG);
  const [sell, setSell] = useState(NO_LEG);
  const [quantity, setQuantity] = useState('');
  const execute = useAct('ats.opportunity.v1.EngineService', 'ExecuteManualTrade');
  const ready = [buy.limitPrice, sell.limitPrice, quantity].every(isPositive);
  const send = async (): Promise<void> => {
    const legs = { buy: legOf(buy), sell: legOf(sell) };
    const done = await execute.act({ requestId, ...legs, quantity, actor: user.name });
    if (done?.trade != null) void navigate(`/trades/${done.trade.tradeId}`);
  };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <LegFields label={t('Buy on')} leg={buy} onLeg={setBuy} />
      <LegFields label={t('Sell on')} leg={sell} onLeg={setSell} />
      <Field
        label={t('Quantity, units of base')}
        inputMode="decimal"
        value={quantity}
        onText={setQuantity}
        required
      />
      {execute.error === undefined ? null : <ProblemBox error={execute.error} />}
      <footer className="dialog-foot">
        <Button type="submit" tone="primary" disabled={!ready || execute.busy}>
          {t('Send both legs')}
        </Button>
      </footer>
    </form>
  );
}

interface LegFieldsProps {
  readonly label: string;
  readonly leg: LegDraft;
  onLeg(leg: LegDraft): void;
}

function LegFields({ label, leg, onLeg }: LegFieldsProps): ReactNode {
  const { t } = useTranslation();
  const { data } = useRpc('ats.marketdata.v1.MarketDataService', 'GetMarkets', {});
  const options = useMemo(
    () =>
      (data?.markets ?? []).map(({ venue, instrument }) => ({
        value: `${venue} ${instrument}`,
        label: `${venue} · ${instrument}`,
      })),
    [data],
  );
  return (
    <div className="halves">
      <SelectField
        label={label}
        value={leg.market}
        options={[{ value: '', label: t('Choose a market') }, ...options]}
        onValue={(market) => onLeg({ ...leg, market })}
      />
      <Field
        label={t('Worst price')}
        inputMode="decimal"
        value={leg.limitPrice}
        onText={(limitPrice) => onLeg({ ...leg, limitPrice })}
        required
      />
    </div>
  );
}
