import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { binanceSignature } from '../../src/adapters/dialects/binance/private-auth.ts';
import { bitfinexSignature } from '../../src/adapters/dialects/bitfinex/private-auth.ts';
import { CoinbaseAuthenticator } from '../../src/adapters/dialects/coinbase/private-auth.ts';
import { krakenSignature } from '../../src/adapters/dialects/kraken/private-auth.ts';
import { openDesk } from '../domain/accounts/open-market.ts';

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

  it('of Bitfinex cover path, nonce and body', () => {
    const parts = { secret: 's', path: '/v2/auth/r/wallets', nonce: '1', body: '{}' };
    const expected = createHmac('sha384', 's').update('/api/v2/auth/r/wallets1{}').digest('hex');
    expect(bitfinexSignature(parts)).toBe(expected);
    for (const other of [{ path: '/v2/auth/r/orders' }, { nonce: '2' }, { body: '[]' }]) {
      expect(bitfinexSignature({ ...parts, ...other })).not.toBe(expected);
    }
  });

  it('of Coinbase are tokens when the secret is a private key', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const secret = privateKey.export({ type: 'sec1', format: 'pem' }).toString();
    const [account] = openDesk().accounts;
    if (account === undefined) throw new Error('a desk has an account');
    const apiKey = 'organizations/a/apiKeys/b';
    const key = { account, apiKey, secret, passphrase: undefined, listen: () => () => {} };
    const accounts = { byApiKey: (asked: string) => (asked === apiKey ? key : undefined) };
    const clock = { nowUs: () => 1_700_000_000_000_000 };
    const authenticator = new CoinbaseAuthenticator(accounts, clock);
    const path = '/api/v3/brokerage/accounts';
    const request = { method: 'GET', path, query: new URLSearchParams(), rawQuery: '' };
    const check = (claims: object, forged = false) => {
      const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const head = encode({ alg: 'ES256', kid: apiKey });
      const nbf = 1_700_000_000;
      const uri = `GET api.coinbase.com${path}`;
      const body = encode({ sub: apiKey, nbf, exp: nbf + 120, uri, ...claims });
      const signature = sign('sha256', Buffer.from(`${head}.${forged ? head : body}`), {
        key: privateKey,
        dsaEncoding: 'ieee-p1363',
      });
      const authorization = `Bearer ${head}.${body}.${signature.toString('base64url')}`;
      const headers = { authorization };
      const answer = authenticator.check({ ...request, headers, body: '', client: '' });
      return 'status' in answer ? answer.status : 'signed';
    };
    expect(check({})).toBe('signed');
    expect(check({}, true)).toBe(401);
    expect(check({ exp: 1_699_999_999 })).toBe(401);
    expect(check({ uri: 'POST api.coinbase.com/api/v3/brokerage/orders' })).toBe(401);
    expect(check({ sub: 'somebody else' })).toBe(401);
  });
});
