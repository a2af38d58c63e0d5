/** One call at a time, in the order of asking: for venues whose nonces must arrive in order. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();

  take<Value>(run: () => Promise<Value>): Promise<Value> {
    const turn = this.last.then(run);
    this.last = turn.catch(() => undefined);
    return turn;
  }
}
