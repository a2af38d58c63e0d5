import { until } from '@ats/testkit';
import { generateSync } from 'otplib';

const STEP_SECONDS = 30;

/** A phone: it shows a code each half minute, and gives none twice, since each is good once. */
export class Authenticator {
  private readonly secret: string;
  private lastStep = 0;

  constructor(secret: string) {
    this.secret = secret;
  }

  /** The server also takes the code of the step to come (RFC 6238, section 5.2). */
  async code(): Promise<string> {
    const step = await until(
      () => {
        const now = Math.floor(Date.now() / 1000 / STEP_SECONDS);
        const next = Math.max(now, this.lastStep + 1);
        return next <= now + 1 ? next : undefined;
      },
      { timeoutMs: 2 * STEP_SECONDS * 1000, periodMs: 100, what: 'a code that is not used' },
    );
    this.lastStep = step;
    return generateSync({ secret: this.secret, epoch: step * STEP_SECONDS });
  }
}
