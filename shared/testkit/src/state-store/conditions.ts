import type { StateTable, TransactItem } from '@ats/storage';
import { AVAILABLE, decimal, keyOf, RESERVED, type Stage, transfer } from './stage.ts';

export function conditionHalf(stage: () => Stage): void {
  it('writes all or nothing, and names every item that refused', async () => {
    await stage().commit({ kind: 'update', key: AVAILABLE, increment: { amount: 5n } });
    const current = await stage().item(AVAILABLE);
    const missing = keyOf('sagas', 'open', 'nowhere');
    const result = await stage().store.transact([
      ...transfer('t', decimal('5.01')),
      { kind: 'check', key: missing, conditions: [{ kind: 'exists' }] },
    ]);
    expect(result).toEqual({
      kind: 'refused',
      refusals: [
        { index: 1, key: AVAILABLE, reason: 'at-least', attribute: 'amount', current },
        { index: 3, key: missing, reason: 'exists' },
      ],
    });
    expect(await stage().store.get(keyOf('idempotency', 't'))).toBeUndefined();
    expect(await stage().store.get(RESERVED)).toBeUndefined();
    expect(await stage().store.get(AVAILABLE)).toEqual(current);
  });

  it('lets the last unit go and not one more', async () => {
    await stage().commit({
      kind: 'update',
      key: AVAILABLE,
      increment: { amount: decimal('5.00') },
    });
    await stage().commit(...transfer('first', 5n));
    expect(await stage().amount(AVAILABLE)).toBe('0');
    const result = await stage().store.transact(transfer('second', decimal('0.00000001')));
    expect(result).toMatchObject({ kind: 'refused', refusals: [{ index: 1, key: AVAILABLE }] });
  });

  it('judges conditions by the state before the transaction, by type and by value', async () => {
    const key = keyOf('sagas', 'open', 's');
    await stage().commit({ kind: 'create', key, attributes: { n: decimal('2.0'), text: '2' } });
    const ask = async (attribute: string, value: string | bigint | boolean) => {
      const conditions = [{ kind: 'equals', attribute, value }] as const;
      return (await stage().store.transact([{ kind: 'check', key, conditions }])).kind;
    };
    expect(await ask('n', 2n)).toBe('committed');
    expect(await ask('n', '2')).toBe('refused');
    expect(await ask('text', '2')).toBe('committed');
    expect(await ask('text', 2n)).toBe('refused');
    expect(await ask('none', false)).toBe('refused');
  });

  it('loses no update when many transactions want one item at once', async () => {
    await stage().commit({ kind: 'update', key: AVAILABLE, increment: { amount: 60n } });
    const one = async (index: number): Promise<string> => {
      for (;;) {
        const result = await stage().store.transact(transfer(`t-${index}`, 1n));
        if (result.kind !== 'conflict') return result.kind;
      }
    };
    const results = await Promise.all(Array.from({ length: 100 }, (_, index) => one(index)));
    expect(results.filter((kind) => kind === 'committed')).toHaveLength(60);
    expect(await stage().amount(AVAILABLE)).toBe('0');
    expect(await stage().amount(RESERVED)).toBe('60');
  });

  it('lets one of many replacements of one version win', async () => {
    const key = keyOf('sagas', 'open', 's');
    await stage().commit({ kind: 'create', key, attributes: { owner: '' } });
    const { version } = await stage().item(key);
    const claim = (owner: string) =>
      stage().store.transact([{ kind: 'replace', key, ifVersion: version, attributes: { owner } }]);
    const results = await Promise.all(Array.from({ length: 20 }, (_, index) => claim(`w${index}`)));
    const winners = results.flatMap(({ kind }, index) => (kind === 'committed' ? [index] : []));
    expect(winners).toHaveLength(1);
    expect((await stage().item(key)).attributes).toEqual({ owner: `w${winners[0]}` });
  });
}

export function refusalHalf(stage: () => Stage): void {
  const key = keyOf('orders', 'account', 'order');
  const check = { kind: 'check', key, conditions: [] } as const;
  const long = 'x'.repeat(513);
  it.each<[string, readonly TransactItem[]]>([
    ['no item', []],
    [
      '101 items',
      Array.from({ length: 101 }, (_, n) => ({ ...check, key: keyOf('orders', `${n}`) })),
    ],
    ['an item twice', [check, check]],
    ['a key too long', [{ ...check, key: keyOf('orders', long) }]],
    ['an empty partition', [{ ...check, key: keyOf('orders', '') }]],
    ['a NUL in a key', [{ ...check, key: keyOf('orders', 'a\0b') }]],
    ['an unknown table', [{ ...check, key: keyOf('nowhere' as StateTable, 'a') }]],
    ['39 digits', [{ kind: 'update', key, increment: { n: 10n ** 38n + 1n } }]],
    ['an item too large', [{ kind: 'create', key, attributes: { x: 'x'.repeat(350_001) } }]],
    ['an attribute changed twice', [{ kind: 'update', key, set: { n: 1n }, increment: { n: 1n } }]],
  ])('refuses %s before anything happens', async (_, items) => {
    const invalid = { code: 'STORAGE_INPUT_INVALID', retry: 'never' };
    await expect(stage().store.transact(items)).rejects.toMatchObject(invalid);
  });

  it('refuses to increment what is no number, and leaves all as it was', async () => {
    await stage().commit({ kind: 'create', key, attributes: { n: 'text' } });
    const other = keyOf('orders', 'account', 'other');
    const result = stage().store.transact([
      { kind: 'create', key: other, attributes: {} },
      { kind: 'update', key, increment: { n: 1n } },
    ]);
    await expect(result).rejects.toMatchObject({ code: 'STORAGE_INPUT_INVALID' });
    expect(await stage().store.get(other)).toBeUndefined();
  });

  it('refuses an increment whose sum has too many digits, and rounds nothing', async () => {
    await stage().commit({ kind: 'update', key, increment: { n: 10n ** 37n } });
    const other = keyOf('orders', 'account', 'other');
    const result = stage().store.transact([
      { kind: 'create', key: other, attributes: {} },
      { kind: 'update', key, increment: { n: decimal('0.01') } },
    ]);
    await expect(result).rejects.toMatchObject({ code: 'STORAGE_INPUT_INVALID' });
    expect(await stage().store.get(other)).toBeUndefined();
    expect(String((await stage().item(key)).attributes['n'])).toBe(String(10n ** 37n));
  });
}
