import { Decimal } from '@ats/domain';
import { decimalText } from '@ats/runtime';
import { z } from 'zod';
import { kindOf, LIMIT_NAMES, type LimitName } from './domain/limits/limit-names.ts';
import {
  BREACH_ACTIONS,
  type Limit,
  type LimitRow,
  LimitTable,
} from './domain/limits/limit-table.ts';

const figures = {
  warn: decimalText.optional().describe('From here on people are told.'),
  max: decimalText
    .optional()
    .describe('What is more is a breach and refused; without it nothing is refused.'),
  onBreach: z
    .enum(BREACH_ACTIONS)
    .optional()
    .describe('What follows a breach beside the refusal of what would add to it.'),
};

const rowSchema = z
  .strictObject({
    ...figures,
    for: z
      .record(z.string().min(1), z.strictObject(figures))
      .default({})
      .describe(
        'Figures of their own for single venues, assets, moneys or instruments, as the ' +
          'limit is of.',
      ),
  })
  .superRefine((row, context) => {
    const check = (one: FiguresConfig, path: readonly string[]): void => {
      if (one.warn === undefined || one.max === undefined) return;
      if (!Decimal.parse(one.warn).greaterThan(Decimal.parse(one.max))) return;
      const message = `warn is ${one.warn} and above max, which is ${one.max}`;
      context.addIssue({ code: 'custom', path: [...path, 'warn'], message });
    };
    check(row, []);
    for (const [of, own] of Object.entries(row.for)) check({ ...row, ...own }, ['for', of]);
  });

interface FiguresConfig {
  readonly warn?: string | undefined;
  readonly max?: string | undefined;
  readonly onBreach?: Limit['onBreach'] | undefined;
}

/** Section `risk.limits`: each limit by its name; a limit that is left out refuses nothing. */
export const limitsSchema = z
  .partialRecord(z.enum(LIMIT_NAMES as readonly [LimitName, ...LimitName[]]), rowSchema)
  .superRefine((limits, context) => {
    for (const name of LIMIT_NAMES) {
      const [of] = Object.keys(limits[name]?.for ?? {});
      if (of === undefined || kindOf(name).scope !== 'none') continue;
      const message = `${name} is one limit for all: it has no figures of its own for "${of}"`;
      context.addIssue({ code: 'custom', path: [name, 'for', of], message });
    }
  });

export type LimitsConfig = z.output<typeof limitsSchema>;

const parsed = (text: string | undefined): Decimal | undefined =>
  text === undefined ? undefined : Decimal.parse(text);

const limitOf = ({ warn, max, onBreach = 'refuse' }: FiguresConfig): Limit => ({
  warn: parsed(warn),
  max: parsed(max),
  onBreach,
});

/** The table that a configuration stands for. Own figures stand in for those of all, one by one. */
export function limitTableOf(config: LimitsConfig): LimitTable {
  const rows = LIMIT_NAMES.flatMap((name): readonly [LimitName, LimitRow][] => {
    const row = config[name];
    if (row === undefined) return [];
    const own = Object.entries(row.for).map(
      ([of, figuresOfIt]) => [of, limitOf({ ...row, ...figuresOfIt })] as const,
    );
    return [[name, { all: limitOf(row), own: new Map(own) }]];
  });
  return new LimitTable(new Map(rows));
}
