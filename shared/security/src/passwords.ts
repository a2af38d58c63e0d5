import { AtsError } from '@ats/domain';
import { hash, verify } from '@node-rs/argon2';
import type { Entropy } from './entropy.ts';

/** OWASP's first recommendation for argon2id: 19 MiB, two passes. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const ARGON2ID = 2;
const LENGTH_MIN = 12;
/** Longer texts only cost time. */
const LENGTH_MAX = 256;
/** zxcvbn's scale goes to 4; 3 is "safely unguessable" by its authors. */
const SCORE_MIN = 3;
/** Hashes that may wait; a flood of logins must not take the machine's memory or its threads. */
const WAITING_MAX = 32;
/** The same of one place: a flood from there leaves room for everybody else. */
const WAITING_MAX_OF_PLACE = 4;

/**
 * Hashes passwords by argon2id, one at a time: the thread pool is also the disk's.
 * @throws ACCESS_TOO_MANY_TRIES when too many wait
 */
export class PasswordHasher {
  private readonly entropy: Entropy;
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;
  private readonly waitingOf = new Map<string, number>();
  /** A hash of nothing that anybody knows: what an unknown user's password is compared with. */
  private readonly decoy: Promise<string>;

  constructor(entropy: Entropy) {
    this.entropy = entropy;
    this.decoy = this.hash(entropy.bytes(32).toString('base64url'));
  }

  hash(password: string): Promise<string> {
    const salt = this.entropy.bytes(16);
    return this.inTurn(() => hash(password, { ...COST, algorithm: ARGON2ID, salt }));
  }

  /**
   * The same work whether or not there is a hash to compare with.
   * @param tried `place`: where the try comes from
   */
  async matches(tried: {
    readonly password: string;
    readonly stored: string | undefined;
    readonly place: string;
  }): Promise<boolean> {
    const { password, stored, place } = tried;
    const before = this.waitingOf.get(place) ?? 0;
    if (before >= WAITING_MAX_OF_PLACE) throw busy();
    this.waitingOf.set(place, before + 1);
    try {
      const decoy = await this.decoy;
      const given = password.slice(0, LENGTH_MAX + 1);
      const same = await this.inTurn(() => verify(stored ?? decoy, given));
      return same && stored !== undefined;
    } finally {
      const left = (this.waitingOf.get(place) ?? 1) - 1;
      if (left === 0) this.waitingOf.delete(place);
      else this.waitingOf.set(place, left);
    }
  }

  private async inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.waiting >= WAITING_MAX) throw busy();
    this.waiting += 1;
    const turn = this.last.then(work);
    this.last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      this.waiting -= 1;
    }
  }
}

function busy(): AtsError {
  return new AtsError({
    code: 'ACCESS_TOO_MANY_TRIES',
    message: 'too many people log in at this moment',
    remedy: 'Try again in a few seconds.',
    retry: 'safe',
  });
}

type Judge = (password: string, known: readonly string[]) => number;
let judge: Promise<Judge> | undefined;

/** The dictionaries are large, and a password is rarely chosen: they are read when first needed. */
async function loadJudge(): Promise<Judge> {
  const [{ ZxcvbnFactory }, common] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ]);
  const { adjacencyGraphs, dictionary } = common;
  const factory = new ZxcvbnFactory({ graphs: adjacencyGraphs, dictionary });
  return (password, known) => factory.check(password, [...known]).score;
}

/** Refuses a password that others would guess. @throws ACCESS_PASSWORD_WEAK saying why */
export async function checkPassword(password: string, userName: string): Promise<void> {
  const { length } = password;
  if (length < LENGTH_MIN) throw weak(`has ${length} characters, expected ${LENGTH_MIN} or more`);
  if (length > LENGTH_MAX) throw weak(`has ${length} characters, expected ${LENGTH_MAX} at most`);
  if (password.toLowerCase().includes(userName.toLowerCase()))
    throw weak("has the user's name in it");
  judge ??= loadJudge();
  if ((await judge)(password, [userName, 'ats']) < SCORE_MIN) throw weak('is easily guessed');
}

function weak(why: string): AtsError {
  return new AtsError({
    code: 'ACCESS_PASSWORD_WEAK',
    message: `the password ${why}`,
    remedy: 'Take several words that nobody connects, or let a password manager make one.',
    context: { field: 'password', value: '***' },
  });
}
