import { listingsOf, type SharedConfig, systemTimers } from '@ats/runtime';
import type { MarketBus, StateStore } from '@ats/storage';
import type { GatewayAnswer, GatewayClient } from './gateway-client.ts';
import { ACCOUNTS, type ScaledSystem, type SharedService } from './scaled-system.ts';
import { insist, type SentOrder, UNANSWERED } from './traffic.ts';

const LIMIT_MS = 120_000;
const LOOK_MS = 25;
const ENDED: ReadonlySet<string> = new Set(['FILLED', 'CANCELED', 'REJECTED', 'EXPIRED']);

export interface HandOver {
  readonly service: SharedService;
  readonly instance: string;
  /** From the kill until everything that the dead instance did is done by another, milliseconds. */
  readonly handOverMs: number;
}

export interface ProbeParts {
  readonly system: ScaledSystem;
  readonly state: StateStore;
  readonly bus: MarketBus;
  readonly config: Pick<SharedConfig, 'assets' | 'venues'>;
  /** An order for a venue that trades at once. */
  readonly draw: (venue: string) => Readonly<Record<string, unknown>>;
  readonly sent: SentOrder[];
}

async function pollUntil(look: () => Promise<boolean>, what: string): Promise<void> {
  const until = performance.now() + LIMIT_MS;
  while (!(await look().catch(() => false))) {
    if (performance.now() > until) throw new Error(`${what}: not within ${LIMIT_MS} ms`);
    await systemTimers.sleep(LOOK_MS);
  }
}

/** Who holds the shards of a service, by shard. */
async function holders(
  state: StateStore,
  service: SharedService,
): Promise<ReadonlyMap<string, string>> {
  const query = { table: 'leases', partition: service, sortPrefix: 'shard/' } as const;
  const { items } = await state.query(query);
  return new Map(
    items.map(({ key, attributes }) => {
      const holder = String(attributes['holder']);
      return [key.sort, holder.slice(holder.indexOf('.') + 1)];
    }),
  );
}

/** Kills one instance under load, and waits until the others have taken all of it over. */
export async function killAndWatch(service: SharedService, parts: ProbeParts): Promise<HandOver> {
  const { system, state } = parts;
  const held = [...(await holders(state, service).catch(() => new Map())).values()];
  const instance: string = held[0] ?? system.instances[0] ?? '';
  await system.kill(service, instance);
  const killedAt = performance.now();
  const atUs = Math.round((performance.timeOrigin + killedAt) * 1000);
  await Promise.all([
    service === 'price-collector' ? booksFlow(parts, atUs) : ordersEnd(parts, service),
    pollUntil(
      async () => ![...(await holders(state, service)).values()].includes(instance),
      `${service}: leases of ${instance}`,
    ),
    outboxIsEmpty(parts, service, instance),
    ...(service === 'trading-engine' ? [tradesEnd(parts)] : []),
  ]);
  const handOverMs = Math.round(performance.now() - killedAt);
  system.boot(service, instance);
  return { service, instance, handOverMs };
}

/** For each account an order that is sent from now on, until it has ended. */
async function ordersEnd({ system, draw, sent }: ProbeParts, service: string): Promise<void> {
  const venueOf = new Map(Object.entries(ACCOUNTS).map(([venue, account]) => [account, venue]));
  await Promise.all(
    [...venueOf].map(async ([account, venue]) => {
      const requestId = `probe-${service}-${account}-${sent.length}`;
      const answer = await insist(() => system.client.submit({ requestId, ...draw(venue) }));
      sent.push(sentOrder(requestId, answer));
      if (answer.kind === 'taken') await orderEnds(system.client, answer.order.orderId);
    }),
  );
}

const orderEnds = (client: GatewayClient, orderId: string): Promise<void> =>
  pollUntil(async () => ENDED.has((await client.order(orderId))?.status ?? ''), orderId);

const sentOrder = (requestId: string, answer: GatewayAnswer): SentOrder => {
  if (answer.kind === 'taken') {
    return { requestId, orderId: answer.order.orderId, refusal: undefined };
  }
  const final = answer.kind === 'refused' && answer.status < 500;
  return { requestId, orderId: undefined, refusal: final ? answer.code : UNANSWERED };
};

/** A book of every venue that was received after the kill. */
async function booksFlow({ bus, config }: ProbeParts, sinceUs: number): Promise<void> {
  const missing = new Set<string>(listingsOf(config).map(({ venue }) => venue));
  const watching = await bus.subscribe({ kinds: ['book'] }, (event) => {
    if (event.kind === 'book' && event.receivedAtUs > sinceUs) missing.delete(event.venue);
  });
  await pollUntil(async () => missing.size === 0, `books of ${[...missing].join(', ')}`);
  await watching.close();
}

async function outboxIsEmpty(
  { state }: ProbeParts,
  service: SharedService,
  instance: string,
): Promise<void> {
  const owner = service === 'order-gateway' ? 'gateway-1' : service;
  // Risk has one for whoever is active.
  const partition = service === 'risk-manager' ? owner : `${owner}.${instance}`;
  await pollUntil(async () => {
    const { items } = await state.query({ table: 'outbox', partition, limit: 10 });
    return items.length === 0 || service === 'risk-manager';
  }, `the outbox ${partition}`);
}

/** Trades that were open at the kill end: another engine goes on with them. */
async function tradesEnd({ state }: ProbeParts): Promise<void> {
  const open = async (): Promise<string[]> => {
    const { items } = await state.query({ table: 'sagas', partition: 'open', limit: 1000 });
    return items.map(({ key }) => key.sort);
  };
  const before = await open();
  await pollUntil(async () => {
    const now = await open();
    return before.every((trade) => !now.includes(trade));
  }, 'open trades');
}
