import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { useMay } from '../../feeds/session.tsx';
import { Money } from '../../ui/figures.tsx';
import { PlainPanel } from '../../ui/panel.tsx';

interface TradePostingsProps {
  readonly trade: Message<'ats.execution.v1.ArbitrageTrade'>;
}

/** What the trade changed in the ledger, exact, fees included. */
export function TradePostings({ trade }: TradePostingsProps): ReactNode {
  const { t } = useTranslation();
  const may = useMay('balances.read');
  if (!may) return null;
  return (
    <PlainPanel title={t('What the ledger has of it')} className="whole">
      {trade.realised.length === 0 ? (
        <div className="empty">{t('Nothing is posted yet.')}</div>
      ) : (
        <table className="table narrow">
          <thead>
            <tr>
              <th scope="col">{t('Asset')}</th>
              <th scope="col" className="right">
                {t('Change, fees included')}
              </th>
            </tr>
          </thead>
          <tbody>
            {trade.realised.map(({ asset, amount }) => (
              <tr key={asset}>
                <td>{asset}</td>
                <td className="right">
                  <Money of={amount} toned />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </PlainPanel>
  );
}
