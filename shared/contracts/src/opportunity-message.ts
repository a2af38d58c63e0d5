import type { Opportunity, OpportunityLeg, SidedLeg } from '@ats/domain';
import type { WireMarket } from './generated/ats/opportunity/v1/Market.ts';
import type { WireOpportunity } from './generated/ats/opportunity/v1/Opportunity.ts';
import type { WireOpportunityLeg } from './generated/ats/opportunity/v1/OpportunityLeg.ts';
import type { WireSidedLeg } from './generated/ats/opportunity/v1/SidedLeg.ts';
import { SIDES } from './order-mapper.ts';
import { checkDecimal, readInteger, readName } from './wire-fields.ts';

/** One leg as its message; decimals are printed when they are read. */
class LegMessage implements WireOpportunityLeg {
  private readonly leg: OpportunityLeg;

  constructor(leg: OpportunityLeg) {
    this.leg = leg;
  }

  get venue(): string {
    return this.leg.venue;
  }
  get instrument(): string {
    return this.leg.instrument;
  }
  get limitPrice(): string {
    return this.leg.limitPrice.toString();
  }
  get averagePrice(): string {
    return this.leg.averagePrice.toString();
  }
  get notional(): string {
    return this.leg.notional.toString();
  }
  get fee(): string {
    return this.leg.fee.toString();
  }
  get conversionRate(): string {
    return this.leg.conversionRate.toString();
  }
  get conversion(): WireMarket | null {
    return this.leg.conversion ?? null;
  }
  get levels(): number {
    return this.leg.levels;
  }
  get bookAgeUs(): number {
    return this.leg.bookAgeUs;
  }
  get conversionAgeUs(): number {
    return this.leg.conversionAgeUs;
  }
  get clockSkewUs(): number {
    return this.leg.clockSkewUs;
  }
}

/**
 * An opportunity as its message, field for field what `opportunityToWire` gives. A reader in the
 * same process takes the opportunity back instead of printing and parsing its figures.
 */
export class OpportunityMessage implements WireOpportunity {
  private readonly opportunity: Opportunity;

  constructor(opportunity: Opportunity) {
    this.opportunity = opportunity;
  }

  get id(): string {
    return this.opportunity.id;
  }
  get base(): string {
    return this.opportunity.base;
  }
  get numeraire(): string {
    return this.opportunity.numeraire;
  }
  get quantity(): string {
    return this.opportunity.quantity.toString();
  }
  get buy(): WireOpportunityLeg {
    return new LegMessage(this.opportunity.buy);
  }
  get sell(): WireOpportunityLeg {
    return new LegMessage(this.opportunity.sell);
  }
  get bridge(): WireSidedLeg | null {
    const { bridge } = this.opportunity;
    return bridge === undefined ? null : sidedLegMessage(bridge);
  }
  get grossProfit(): string {
    return this.opportunity.grossProfit.toString();
  }
  get fees(): string {
    return this.opportunity.fees.toString();
  }
  get slippageReserve(): string {
    return this.opportunity.slippageReserve.toString();
  }
  get netProfit(): string {
    return this.opportunity.netProfit.toString();
  }
  get netEdgeBps(): number {
    return this.opportunity.netEdgeBps;
  }
  get confidence(): number {
    return this.opportunity.confidence;
  }
  get frameAtUs(): number {
    return this.opportunity.times.frameAtUs;
  }
  get bookAtUs(): number {
    return this.opportunity.times.bookAtUs;
  }
  get decidedAtUs(): number {
    return this.opportunity.times.decidedAtUs;
  }
  get riskAnsweredAtUs(): number {
    return this.opportunity.times.riskAnsweredAtUs;
  }

  /** What reading every field would give, after the same checks. @throws MESSAGE_MALFORMED */
  read(): Opportunity {
    const { opportunity } = this;
    const { quantity, grossProfit, fees, slippageReserve, netProfit, times } = opportunity;
    readName('id', opportunity.id);
    readName('base', opportunity.base);
    readName('numeraire', opportunity.numeraire);
    checkDecimal('quantity', quantity);
    checkLeg(BUY_FIELDS, opportunity.buy);
    checkLeg(SELL_FIELDS, opportunity.sell);
    if (opportunity.bridge !== undefined) {
      checkDecimal(BRIDGE_QUANTITY, opportunity.bridge.quantity);
      checkLeg(BRIDGE_FIELDS, opportunity.bridge);
    }
    checkDecimal('gross_profit', grossProfit);
    checkDecimal('fees', fees);
    checkDecimal('slippage_reserve', slippageReserve);
    checkDecimal('net_profit', netProfit);
    readInteger('frame_at_us', times.frameAtUs);
    readInteger('book_at_us', times.bookAtUs);
    readInteger('decided_at_us', times.decidedAtUs);
    readInteger('risk_answered_at_us', times.riskAnsweredAtUs);
    return opportunity;
  }
}

const sidedLegMessage = (leg: SidedLeg): WireSidedLeg => ({
  side: SIDES.toWire(leg.side),
  quantity: leg.quantity.toString(),
  leg: new LegMessage(leg),
});

/** A leg's fields by their names in messages, joined once and not for each check. */
const fieldsOf = (side: 'buy' | 'sell' | 'bridge.leg') => ({
  venue: `${side}.venue`,
  instrument: `${side}.instrument`,
  limitPrice: `${side}.limit_price`,
  averagePrice: `${side}.average_price`,
  notional: `${side}.notional`,
  fee: `${side}.fee`,
  conversionRate: `${side}.conversion_rate`,
  conversionVenue: `${side}.conversion.venue`,
  conversionInstrument: `${side}.conversion.instrument`,
  levels: `${side}.levels`,
  bookAgeUs: `${side}.book_age_us`,
  conversionAgeUs: `${side}.conversion_age_us`,
  clockSkewUs: `${side}.clock_skew_us`,
});
export type LegFields = ReturnType<typeof fieldsOf>;
export const BUY_FIELDS: LegFields = fieldsOf('buy');
export const SELL_FIELDS: LegFields = fieldsOf('sell');
export const BRIDGE_FIELDS: LegFields = fieldsOf('bridge.leg');
export const BRIDGE_QUANTITY = 'bridge.quantity';

function checkLeg(fields: LegFields, leg: OpportunityLeg): void {
  readName(fields.venue, leg.venue);
  readName(fields.instrument, leg.instrument);
  checkDecimal(fields.limitPrice, leg.limitPrice);
  checkDecimal(fields.averagePrice, leg.averagePrice);
  checkDecimal(fields.notional, leg.notional);
  checkDecimal(fields.fee, leg.fee);
  checkDecimal(fields.conversionRate, leg.conversionRate);
  if (leg.conversion !== undefined) {
    readName(fields.conversionVenue, leg.conversion.venue);
    readName(fields.conversionInstrument, leg.conversion.instrument);
  }
  readInteger(fields.levels, leg.levels);
  readInteger(fields.bookAgeUs, leg.bookAgeUs);
  readInteger(fields.conversionAgeUs, leg.conversionAgeUs);
  readInteger(fields.clockSkewUs, leg.clockSkewUs);
}
