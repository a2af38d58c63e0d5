import { formatDecimal, timesTexts } from './decimal-text.ts';
import { formatDurationUs } from './format.ts';

const HUNDRED = '100';

/** @returns a figure of a run as people read it, by its unit */
export function figureText(unit: string, value: string): string {
  if (value === '') return '—';
  if (value === 'Infinity') return '∞';
  switch (unit) {
    case 'money':
      return formatDecimal(value, { places: 2 });
    case 'share':
      return `${formatDecimal(timesTexts(value, HUNDRED), { places: 1 })} %`;
    case 'ratio':
      return formatDecimal(value, { places: 2 });
    case 'bps':
      return `${formatDecimal(value, { places: 1 })} bps`;
    case 'count':
      return formatDecimal(value, { places: 0 });
    case 'duration':
      return formatDurationUs(Number(value));
    case 'usd-seconds':
      return `${formatDecimal(value, { places: 0 })} USD·s`;
    default:
      return value;
  }
}
