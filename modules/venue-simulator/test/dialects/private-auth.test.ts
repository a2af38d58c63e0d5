import { binanceSignature } from '../../src/adapters/dialects/binance/private-auth.ts';
import { krakenSignature } from '../../src/adapters/dialects/kraken/private-auth.ts';

describe('signatures of requests', () => {
  it('are those of Binance’s own documentation', () => {
    const secret = 'NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j';
    const params =
      'symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1' +
      '&recvWindow=5000&timestamp=1499827319559';
    const expected = 'c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71';
    const signature = `&signature=${expected}`;
    expect(binanceSignature({ secret, rawQuery: params + signature, body: '' })).toBe(expected);
    expect(binanceSignature({ secret, rawQuery: '', body: params + signature })).toBe(expected);
    // In documentation's third example part of the parameters is in the query, part in the body.
    const at = params.indexOf('&quantity');
    const split = { rawQuery: params.slice(0, at), body: params.slice(at + 1) + signature };
    expect(binanceSignature({ secret, ...split })).toBe(
      '0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77',
    );
  });

  it('are those of Kraken’s own documentation', () => {
    const nonce = '1616492376594';
    const body = `nonce=${nonce}&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25`;
    const secret =
      'kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==';
    const signature = krakenSignature({ secret, path: '/0/private/AddOrder', nonce, body });
    expect(signature).toBe(
      '4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ==',
    );
  });
});
