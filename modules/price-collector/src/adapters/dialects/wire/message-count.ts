/** So many messages in a row behind what is due are no repeats any more: what is due is wrong. */
const BEHIND_MAX = 16;

/** What a message's number says: it is the next, an old one again, or some before it are lost. */
export type Follows = 'next' | 'repeated' | 'gap';

/**
 * The numbers by which a venue counts the messages of one connection. The first may be any. After
 * a gap the next may be any as well, for the number that showed the gap may have been garbled; and
 * so may the one that was then believed, which is noticed when all that comes is behind it.
 */
export class MessageCount {
  /** The number that must come next; -1 while any may. */
  private due = -1;
  private behind = 0;
  /** What the newest gap was, for people. */
  gap = '';

  take(number: number): Follows {
    if (this.due < 0 || number === this.due) {
      this.due = number + 1;
      this.behind = 0;
      return 'next';
    }
    if (number < this.due && this.behind < BEHIND_MAX) {
      this.behind += 1;
      return 'repeated';
    }
    this.gap = `${number} came where ${this.due} was due`;
    this.due = -1;
    this.behind = 0;
    return 'gap';
  }
}
