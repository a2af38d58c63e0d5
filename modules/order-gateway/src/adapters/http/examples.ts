/** What requests and answers look like; a test reads each by the schema that it stands for. */

const ORDER = {
  orderId: '5f0c1a9be23d47f6a8d1c0b39e7f4a12',
  accountId: 'main',
  tradeId: null,
  clientOrderId: 'my-first-0',
  venue: 'binance',
  instrument: 'BTC/USDT',
  side: 'buy',
  type: 'limit',
  timeInForce: 'gtc',
  postOnly: false,
  purpose: 'entry',
  quantity: '0.001',
  limitPrice: '90000',
  worstPrice: null,
  status: 'PARTIALLY_FILLED',
  venueOrderId: '28457',
  cumulativeQuantity: '0.0004',
  leavesQuantity: '0.0006',
  averagePrice: '89990.5',
  fees: [{ asset: 'USDT', amount: '0.0359962' }],
  pendingRequest: null,
  sendBeforeUs: 0,
  createdAtUs: 1_767_225_600_000_000,
  updatedAtUs: 1_767_225_600_150_000,
  detail: '',
  version: 4,
};

const BALANCE = {
  ...{ accountId: 'main', venue: 'binance', asset: 'USDT' },
  ...{ available: '9909.91', reserved: '90.09' },
};

const LEG = { instrument: 'BTC/USDT', quantity: '0.001', timeInForce: 'ioc' };

const POSITION = 'orders.events/7/120';

export const EXAMPLES = {
  submit: {
    requestId: 'my-first',
    venue: 'binance',
    instrument: 'BTC/USDT',
    side: 'buy',
    quantity: '0.001',
    limitPrice: '90000',
  },
  batch: {
    requestId: 'both-legs',
    orders: [
      { ...LEG, venue: 'kraken', side: 'buy', limitPrice: '90000' },
      { ...LEG, venue: 'binance', side: 'sell', limitPrice: '90150' },
    ],
  },
  replace: { requestId: 'dearer', quantity: '0.001', limitPrice: '90010' },
  order: { order: ORDER },
  orders: { orders: [ORDER] },
  orderPage: { orders: [ORDER], next: null },
  balancePage: { balances: [BALANCE], next: null },
  problem: {
    error: {
      code: 'ORDER_FUNDS_INSUFFICIENT',
      message: 'main has 12 USDT available at binance, and the order needs 90.09',
      remedy: 'Deposit USDT at binance, or order less.',
      retry: 'never',
      field: 'quantity',
      value: '0.001',
      correlationId: 'd8f3c1f0-6f0e-4c55-9d61-3b7de8a2c901',
      facts: { available: '12', needed: '90.09' },
    },
  },
  clientMessages: [
    { op: 'authenticate', token: '<token>' },
    { op: 'subscribe', channel: 'orders', accountId: 'main', after: POSITION },
    { op: 'subscribe', channel: 'market', venues: ['kraken'], kinds: ['book'] },
    { op: 'unsubscribe', channel: 'market' },
  ],
  serverMessages: [
    { type: 'subscribed', channel: 'orders', accountId: 'main', position: POSITION },
    {
      channel: 'orders',
      accountId: 'main',
      position: 'orders.events/7/121',
      eventId: `${ORDER.orderId}:4`,
      correlationId: 'd8f3c1f0-6f0e-4c55-9d61-3b7de8a2c901',
      data: { order: ORDER, previousStatus: 'LIVE', occurredAtUs: 1_767_225_600_150_000 },
    },
    { channel: 'balances', data: BALANCE },
  ],
};
