import { haltModeToWire, type WireServices } from '@ats/contracts';
import { Decimal, type HaltMode } from '@ats/domain';
import type { RpcHandlers } from '@ats/runtime';
import type { GatewayModel } from './gateway-model.ts';

type RiskHandlers = RpcHandlers<WireServices['ats.risk.v1.RiskService']>;

/** Risk as a flatten sees it: positions of what has filled, counted some time after it has. */
export class RiskModel {
  mode: HaltMode | undefined;
  answering = true;
  /** How often its status was asked for. */
  statuses = 0;
  /** How often positions are asked for before they have a fill. */
  lag = 0;
  private readonly gateway: GatewayModel;
  private readonly counted = new Map<string, Decimal>();
  private readonly asked = new Map<string, number>();

  constructor(gateway: GatewayModel) {
    this.gateway = gateway;
  }

  readonly handlers: Pick<RiskHandlers, 'GetRiskStatus' | 'GetPositions' | 'GetCountedFills'> = {
    GetRiskStatus: () => {
      this.statuses += 1;
      if (!this.answering) throw new Error('risk is down');
      return {
        ...{ halted: this.mode !== undefined, mode: haltModeToWire(this.mode) },
        ...{ haltReason: '', haltedBy: '', haltedAtUs: 0, changes: [], decisions: [] },
        ...{ rateAvailable: 1, resumeActors: [], resumePersons: 1 },
      };
    },
    GetCountedFills: ({ orderIds }) => {
      const quantityOf = (id: string) => String(this.counted.get(id) ?? Decimal.ZERO);
      return { orders: orderIds.map((id) => ({ orderId: id, quantity: quantityOf(id) })) };
    },
    GetPositions: () => {
      this.count();
      const positions = [...this.positions()].map(([market, quantity]) => {
        const [venue = '', instrument = ''] = market.split(':');
        const unused = { averagePrice: '', cost: '', realised: '', mark: '', unrealised: '' };
        return {
          ...{ accountId: 'main', venue, instrument, quantity: quantity.toString() },
          ...{ ...unused, markedAtUs: 0, fees: {} },
        };
      });
      return { positions };
    },
  };

  private count(): void {
    for (const { orderId, cumulativeQuantity } of this.gateway.orders.values()) {
      if (cumulativeQuantity.equals(this.counted.get(orderId) ?? Decimal.ZERO)) continue;
      const times = this.asked.get(orderId) ?? 0;
      this.asked.set(orderId, times + 1);
      if (times < this.lag) continue;
      this.counted.set(orderId, cumulativeQuantity);
      this.asked.delete(orderId);
    }
  }

  private positions(): ReadonlyMap<string, Decimal> {
    const positions = new Map<string, Decimal>();
    for (const { orderId, terms } of this.gateway.orders.values()) {
      const filled = this.counted.get(orderId) ?? Decimal.ZERO;
      const market = `${terms.venue}:${terms.instrument}`;
      const bought = terms.side === 'buy' ? filled : filled.negate();
      positions.set(market, (positions.get(market) ?? Decimal.ZERO).add(bought));
    }
    return positions;
  }
}
