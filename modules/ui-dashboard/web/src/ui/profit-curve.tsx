import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../src/contract.ts';
import { CURVE_WINDOWS, type CurveWindow } from '../feeds/equity.ts';
import { approximate } from '../text/decimal-text.ts';
import { Segments } from './field.tsx';
import { type Line, TimeSeries } from './time-series.tsx';

interface CurveWindowsProps {
  readonly value: CurveWindow;
  onValue(value: CurveWindow): void;
}

/** Since when the curve shows profit. */
export function CurveWindows({ value, onValue }: CurveWindowsProps): ReactNode {
  const { t } = useTranslation();
  const names = { day: t('today'), week: t('this week'), month: t('this month') };
  return (
    <Segments
      label={t('Period')}
      value={value}
      options={CURVE_WINDOWS.map((name) => ({ value: name, label: names[name] }))}
      onValue={(name) => onValue(name as CurveWindow)}
    />
  );
}

interface ProfitCurveProps {
  readonly curve: Message<'ats.risk.v1.GetPnLResponse'>['curve'];
  readonly height: number;
}

const PLACES = 2;

/** What was made since ever, and how far it is below the best that it ever was. */
export function ProfitCurve({ curve, height }: ProfitCurveProps): ReactNode {
  const { t } = useTranslation();
  const xs = useMemo(() => curve.map(({ timeUs }) => timeUs / 1_000_000), [curve]);
  const lines = useMemo(
    (): readonly Line[] => [
      {
        label: t('Profit'),
        tone: 'accent',
        values: curve.map(({ profit }) => approximate(profit)),
        fill: true,
      },
      {
        label: t('Below its peak'),
        tone: 'loss',
        values: curve.map(({ drawdown }) => -approximate(drawdown)),
      },
    ],
    [curve, t],
  );
  if (curve.length < 2) {
    return <p className="empty">{t('The curve begins a minute after the first trade.')}</p>;
  }
  return (
    <figure className="curve">
      <TimeSeries
        label={t('Profit and drawdown')}
        xs={xs}
        lines={lines}
        height={height}
        places={PLACES}
      />
      <figcaption className="legend">
        {lines.map(({ label, tone }) => (
          <span key={label} className={tone}>
            {label}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}
