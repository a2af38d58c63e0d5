import type { AccountId, Decimal, HaltMode, InstrumentId, OrderId, VenueId } from '@ats/domain';

/** What fills have made of one market of an account. */
export interface OpenPosition {
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  /** Base, bought less sold; never zero. */
  readonly quantity: Decimal;
}

/** Risk as a flatten asks it. A method rejects when risk does not answer. */
export interface RiskDesk {
  /** @returns what is halted; undefined while trading goes on */
  mode(): Promise<HaltMode | undefined>;
  /** How much of the orders' fills positions have that are asked for afterwards, or more. */
  counted(orderIds: readonly OrderId[]): Promise<ReadonlyMap<OrderId, Decimal>>;
  positions(accountId: AccountId): Promise<readonly OpenPosition[]>;
}
