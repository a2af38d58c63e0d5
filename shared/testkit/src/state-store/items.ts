import { AVAILABLE, decimal, keyOf, type Stage } from './stage.ts';

export function itemHalf(stage: () => Stage): void {
  const key = keyOf('orders', 'account', 'order-1');

  it('gives back every kind of value exactly, numbers in their shortest form', async () => {
    const bytes = Uint8Array.from([0, 1, 255]);
    const attributes = {
      text: 'KRW \u20a9 \u{1f600}',
      empty: '',
      no: false,
      bytes,
      whole: 12345678901234567890123456789012345678n,
      exact: decimal('-0.10000000000000000000000000000000000001'),
      trailing: decimal('1.50'),
      zero: decimal('0.00'),
    };
    await stage().commit({ kind: 'create', key, attributes });
    const item = await stage().item(key);
    expect(item.key).toEqual(key);
    expect(item.attributes).toMatchObject({ text: attributes.text, empty: '', no: false });
    expect(Uint8Array.from(item.attributes['bytes'] as Uint8Array)).toEqual(bytes);
    const numbers = ['whole', 'exact', 'trailing', 'zero'].map((n) => String(item.attributes[n]));
    expect(numbers).toEqual([String(attributes.whole), String(attributes.exact), '1.5', '0']);
  });

  it('creates an item once, and tells what was there instead', async () => {
    await stage().commit({ kind: 'create', key, attributes: { side: 'bid' } });
    const again = { kind: 'create', key, attributes: { side: 'ask' } } as const;
    const current = await stage().item(key);
    expect(await stage().store.transact([again])).toEqual({
      kind: 'refused',
      refusals: [{ index: 0, key, reason: 'absent', current }],
    });
    expect((await stage().item(key)).attributes).toEqual({ side: 'bid' });
  });

  it('replaces only the version that was read', async () => {
    await stage().commit({ kind: 'create', key, attributes: { state: 'NEW', note: 'x' } });
    const { version } = await stage().item(key);
    const replace = { kind: 'replace', key, ifVersion: version } as const;
    await stage().commit({ ...replace, attributes: { state: 'LIVE' } });
    const stale = await stage().store.transact([{ ...replace, attributes: { state: 'LOST' } }]);
    expect(stale).toMatchObject({ kind: 'refused', refusals: [{ reason: 'version' }] });
    const now = await stage().item(key);
    expect(now.attributes).toEqual({ state: 'LIVE' });
    expect(now.version).toBeGreaterThan(version);
  });

  it('does not take an item made anew for the one that was deleted', async () => {
    await stage().commit({ kind: 'create', key, attributes: {} });
    const { version } = await stage().item(key);
    await stage().commit({ kind: 'delete', key });
    expect(await stage().store.get(key)).toBeUndefined();
    stage().environment.clock.advanceUs(10);
    await stage().commit({ kind: 'create', key, attributes: {} });
    const result = await stage().store.transact([
      { kind: 'replace', key, ifVersion: version, attributes: { lost: true } },
    ]);
    expect(result.kind).toBe('refused');
  });

  it('sets, removes and increments what is named and leaves the rest', async () => {
    await stage().commit({ kind: 'create', key, attributes: { a: 'a', b: 'b', n: 1n } });
    await stage().commit({
      kind: 'update',
      key,
      set: { b: 'B' },
      remove: ['a'],
      increment: { n: decimal('0.1'), fresh: 7n },
    });
    const { attributes } = await stage().item(key);
    expect({ ...attributes, n: String(attributes['n']), fresh: String(attributes['fresh']) }) //
      .toEqual({ b: 'B', n: '1.1', fresh: '7' });
  });

  it('adds decimals without losing a digit', async () => {
    for (const text of ['0.1', '0.2', '1e20', '-1e20', '0.000000000000000001']) {
      await stage().commit({
        kind: 'update',
        key: AVAILABLE,
        increment: { amount: decimal(text) },
      });
    }
    expect(await stage().amount(AVAILABLE)).toBe('0.300000000000000001');
  });
}

export function queryHalf(stage: () => Stage): void {
  const sorts = ['', 'a', 'a/1', 'a/10', 'a/2', 'b', '\u00e9', '\u{1f600}'];
  beforeEach(async () => {
    for (const partition of ['p', 'pp', 'q']) {
      const items = sorts.map(
        (sort) =>
          ({ kind: 'create', key: keyOf('outbox', partition, sort), attributes: {} }) as const,
      );
      await stage().commit(...items);
    }
  });
  const find = async (query: object): Promise<string[]> => {
    const page = await stage().store.query({ table: 'outbox', partition: 'p', ...query });
    return page.items.map(({ key }) => key.sort);
  };

  it('finds the items of one partition in order of their sort keys, either way', async () => {
    expect(await find({})).toEqual(sorts);
    expect(await find({ order: 'descending' })).toEqual([...sorts].reverse());
    expect(await find({ table: 'sagas' })).toEqual([]);
    expect(await find({ partition: 'ppp' })).toEqual([]);
  });

  it('selects by the beginning of the sort key', async () => {
    expect(await find({ sortPrefix: 'a/' })).toEqual(['a/1', 'a/10', 'a/2']);
    expect(await find({ sortPrefix: 'a/1', order: 'descending' })).toEqual(['a/10', 'a/1']);
  });

  it.each(['ascending', 'descending'] as const)('pages through all of it, %s', async (order) => {
    const query = { table: 'outbox', partition: 'p', order, limit: 3 } as const;
    const found: string[] = [];
    let after: string | undefined;
    do {
      const page = await stage().store.query(after === undefined ? query : { ...query, after });
      expect(page.items.length).toBeLessThanOrEqual(3);
      found.push(...page.items.map(({ key }) => key.sort));
      after = page.next;
    } while (after !== undefined);
    expect(found).toEqual(order === 'ascending' ? sorts : [...sorts].reverse());
  });
}

export function expiryHalf(stage: () => Stage): void {
  const key = keyOf('idempotency', 'request-1');
  const create = async (attributes: Record<string, string>): Promise<void> => {
    const expiresAtUs = stage().environment.clock.nowUs() + 1_000_000;
    await stage().commit({ kind: 'create', key, attributes, expiresAtUs });
  };

  it('has no item from its expiry on, and lets it be made again', async () => {
    await create({ answer: 'first' });
    stage().environment.clock.advanceUs(999_999);
    expect((await stage().item(key)).attributes).toEqual({ answer: 'first' });
    stage().environment.clock.advanceUs(1);
    expect(await stage().store.get(key)).toBeUndefined();
    const { table, partition } = key;
    expect(await stage().store.query({ table, partition })).toEqual({ items: [] });
    await create({ answer: 'second' });
    expect((await stage().item(key)).attributes).toEqual({ answer: 'second' });
  });

  it('refuses to update an item that can expire, and replaces it', async () => {
    await create({ answer: 'first' });
    const update = { kind: 'update', key, set: { answer: 'x' } } as const;
    expect(await stage().store.transact([update])).toMatchObject({
      kind: 'refused',
      refusals: [{ index: 0, key, reason: 'can-expire' }],
    });
    const { version } = await stage().item(key);
    await stage().commit({ kind: 'replace', key, ifVersion: version, attributes: { answer: 'y' } });
    stage().environment.clock.advanceUs(10_000_000);
    expect((await stage().item(key)).attributes).toEqual({ answer: 'y' });
  });
}
