import type { Clock } from '@ats/runtime';
import type { AccountKey } from '../../../app/dialect-server.ts';
import { hmac } from '../shared/private.ts';

/** A token has to be used within this; a subscription made with it outlives it. */
export const TOKEN_LIFE_S = 900;
const TOKENS_MAX = 10_000;

/** The tokens of GetWebSocketsToken. */
export class KrakenTokens {
  private readonly clock: Clock;
  private readonly issued = new Map<
    string,
    { readonly key: AccountKey; readonly untilUs: number }
  >();
  private count = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  issue(key: AccountKey): string {
    this.count += 1;
    const payload = `token ${this.count}`;
    const { secret } = key;
    const token = hmac({ algorithm: 'sha256', secret, payload, encoding: 'base64' });
    this.issued.set(token, { key, untilUs: this.clock.nowUs() + TOKEN_LIFE_S * 1_000_000 });
    if (this.issued.size > TOKENS_MAX) {
      for (const oldest of this.issued.keys()) {
        this.issued.delete(oldest);
        break;
      }
    }
    return token;
  }

  keyOf(token: unknown): AccountKey | undefined {
    const found = this.issued.get(String(token));
    return found !== undefined && this.clock.nowUs() <= found.untilUs ? found.key : undefined;
  }
}
