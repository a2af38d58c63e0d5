import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../src/contract.ts';
import { figureText } from '../../text/figure-text.ts';
import { Fact } from '../../ui/figures.tsx';

interface FiguresProps {
  readonly figures: readonly Message<'ats.backtest.v1.BacktestFigure'>[];
}

/** Every figure of a run under its group, in the order in which people read them. */
export function Figures({ figures }: FiguresProps): ReactNode {
  const { t } = useTranslation();
  const groups = Map.groupBy(figures, ({ group }) => group);
  return (
    <div className="figure-groups">
      {[...groups].map(([group, of]) => (
        <section key={group}>
          <h3>{t(group)}</h3>
          <dl>
            {of.map((figure) => (
              <Fact key={figure.name} label={figure.label}>
                <span className="number">{figureText(figure.unit, figure.value)}</span>
              </Fact>
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}
