import { type Figure, type Scores, shownFigure, type VenueScores } from '@ats/backtest';
import type { ModelCard } from '@ats/trading-engine';
import { table } from './table.ts';

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const bps = (value: number): string => value.toFixed(2);

/** What is shown of two runs, out of all their figures. */
const SHOWN = [
  'profit',
  'begun',
  'traded',
  'winRate',
  'expectancy',
  'lossLargest',
  'slippage',
  'unhedged',
  'trading.drawdownMax',
];

export function trainedText(report: {
  readonly file: string;
  readonly samples: number;
  readonly horizonMs: number;
  readonly sha256: string;
  readonly scores: Scores;
}): string {
  const { file, samples, horizonMs, sha256, scores } = report;
  return [
    `${file}: predicts ${horizonMs} ms ahead, fitted to ${samples} samples`,
    `sha256 ${sha256}`,
    `on the ${scores.samples} later samples that it has not seen:`,
    scoresTable([{ of: 'all', scores }]),
  ].join('\n');
}

export function evaluationText(report: {
  readonly card: ModelCard;
  readonly scores: readonly VenueScores[];
  readonly figures: readonly (readonly Figure[])[];
  readonly numeraire: string;
}): string {
  const { card, scores, figures, numeraire } = report;
  const [without = [], enabled = []] = figures;
  const rows = SHOWN.map((name): string[] => {
    const [one, other] = [without, enabled].map((list) => list.find((one) => one.name === name));
    if (one === undefined || other === undefined) return [name, '', '', ''];
    const shown = [one, other].map((figure) => shownFigure(figure, numeraire));
    return [one.label, ...shown.map(({ text }) => text), shown[0]?.unit ?? ''];
  });
  return [
    `${card.name}, version ${card.version}: ${card.horizonMs} ms ahead`,
    scoresTable(scores),
    '',
    table(['BACKTEST', 'WITHOUT', 'WITH', ''], ['left', 'right', 'right', 'left'], rows),
  ].join('\n');
}

/** R2 is against saying "nothing changes". */
function scoresTable(scores: readonly VenueScores[]): string {
  return table(
    ['VENUE', 'SAMPLES', 'R2', 'DIRECTION RIGHT', 'ERROR BPS', 'MOVE BPS'],
    ['left', 'right', 'right', 'right', 'right', 'right'],
    scores.map(({ of, scores: one }) => [
      of,
      String(one.samples),
      one.r2.toFixed(3),
      percent(one.hitRate),
      bps(one.errorBps),
      bps(one.changeBps),
    ]),
  );
}
