import { type ReactNode, useEffect, useEffectEvent, useRef } from 'react';
import { nowMs } from '../adapters/clock.ts';
import { serverNowUs } from '../adapters/live-socket.ts';
import { onTick } from '../feeds/ticker.ts';
import { formatDecimal, signOf } from '../text/decimal-text.ts';
import { formatAge, formatMoment } from '../text/format.ts';

interface MoneyProps {
  /** Decimal text. */
  readonly of: string;
  readonly places?: number | undefined;
  readonly unit?: string;
  /** Whether gain and loss are coloured; the sign is there as well. */
  readonly toned?: boolean;
}

/** Money of record, from its decimal text. */
export function Money({ of, places, unit, toned = false }: MoneyProps): ReactNode {
  const sign = signOf(of);
  const tone = sign > 0 ? 'gain' : 'loss';
  const format = { plus: toned, ...(places === undefined ? {} : { places }) };
  return (
    <span className={toned && sign !== 0 ? `number ${tone}` : 'number'}>
      {formatDecimal(of, format)}
      {unit === undefined ? null : <span className="unit"> {unit}</span>}
    </span>
  );
}

interface AgeProps {
  /** Microseconds since the Unix epoch by the server's clock; 0: never. */
  readonly atUs: number;
  /** Older than this it is marked. */
  readonly limitMs?: number;
}

/** How old something is. It writes itself, so that a hundred of them cost no rendering. */
export function Age({ atUs, limitMs = Number.POSITIVE_INFINITY }: AgeProps): ReactNode {
  const element = useRef<HTMLSpanElement>(null);
  const write = useEffectEvent((): void => {
    const span = element.current;
    if (span === null) return;
    const ageMs = (serverNowUs() - atUs) / 1000;
    const text = atUs === 0 ? '—' : formatAge(ageMs);
    if (span.textContent !== text) span.textContent = text;
    span.toggleAttribute('data-old', ageMs > limitMs);
  });
  useEffect(() => onTick(() => write()), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what changed is written at once.
  useEffect(() => write(), [atUs, limitMs]);
  // Made when it is looked at: of a hundred ages that change all the time nobody reads more.
  const tell = (event: { readonly currentTarget: HTMLElement }): void => {
    event.currentTarget.title = formatMoment(atUs);
  };
  return <span ref={element} className="age" onPointerEnter={tell} />;
}

interface FlashProps {
  readonly children: string;
  readonly className?: string;
}

const FLASH_MS_MIN = 300;
const TINT = [{ backgroundColor: 'var(--flash)' }, { backgroundColor: 'transparent' }];
const reducedMotion = window.matchMedia('(prefers-reduced-motion: reduce)');

/** A value that tints for a moment when it changes; more often than that it stays calm. */
export function Flash({ children, className = '' }: FlashProps): ReactNode {
  const element = useRef<HTMLSpanElement>(null);
  const before = useRef({ text: children, atMs: 0 });
  useEffect(() => {
    const { text, atMs } = before.current;
    if (text === children) return;
    before.current = { text: children, atMs: nowMs() };
    if (nowMs() - atMs < FLASH_MS_MIN || reducedMotion.matches) return;
    element.current?.animate(TINT, 300);
  }, [children]);
  return (
    <span ref={element} className={className}>
      {children}
    </span>
  );
}

type Tone = 'plain' | 'good' | 'warn' | 'danger' | 'accent' | 'faint';

interface PillProps {
  readonly tone?: Tone;
  readonly children: ReactNode;
}

export function Pill({ tone = 'plain', children }: PillProps): ReactNode {
  return <span className={`pill ${tone}`}>{children}</span>;
}

interface FactProps {
  readonly label: string;
  readonly children: ReactNode;
}

/** A name and a value, in a list of such. */
export function Fact({ label, children }: FactProps): ReactNode {
  return (
    <div className="fact">
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
