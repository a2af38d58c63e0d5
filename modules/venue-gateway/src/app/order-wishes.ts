import type { Replacement, RequestId } from '@ats/domain';
import type { OrderReports } from './order-reports.ts';

/** A wish about an order and how far it got. */
export interface Wish {
  readonly requestId: RequestId;
  sentAtUs: number | undefined;
  refusals: number;
}

export type ReplaceWish = Wish & {
  readonly terms: Replacement;
  /** What the venue said as it refused it; the order itself says whether it has the terms. */
  refusal?: string;
};

/** The cancel and the replace that an order's venue has not answered, and their answers. */
export class OrderWishes {
  private readonly reports: OrderReports;
  private readonly answered = new Set<RequestId>();
  private cancelWish: Wish | undefined;
  private replaceWish: ReplaceWish | undefined;

  constructor(reports: OrderReports) {
    this.reports = reports;
  }

  get cancel(): Wish | undefined {
    return this.cancelWish;
  }

  get replace(): ReplaceWish | undefined {
    return this.replaceWish;
  }

  /** @returns whether it is new */
  wishCancel(requestId: RequestId): boolean {
    if (this.answered.has(requestId) || this.cancelWish?.requestId === requestId) return false;
    this.cancelWish = { requestId, sentAtUs: undefined, refusals: 0 };
    return true;
  }

  /** @returns whether it is new */
  wishReplace(terms: Replacement): boolean {
    const { requestId } = terms;
    if (this.answered.has(requestId) || this.replaceWish?.requestId === requestId) return false;
    this.replaceWish = { requestId, terms, sentAtUs: undefined, refusals: 0 };
    return true;
  }

  /** The order's end answers the cancel. @returns its id */
  takeCancel(): RequestId | undefined {
    const requestId = this.cancelWish?.requestId;
    if (requestId !== undefined) this.answered.add(requestId);
    this.cancelWish = undefined;
    return requestId;
  }

  refuseCancel(how: { readonly tooLate: boolean; readonly detail: string }): void {
    const requestId = this.takeCancel();
    if (requestId === undefined) return;
    void this.reports.say({ type: 'cancel-rejected', cause: requestId, requestId, ...how });
  }

  /** @returns the terms that hold now */
  confirmReplace(): Replacement | undefined {
    const terms = this.takeReplace();
    if (terms === undefined) return undefined;
    const { requestId, quantity, limitPrice } = terms;
    const said = { cause: requestId, requestId, quantity, limitPrice };
    void this.reports.say({ type: 'replaced', ...said });
    return terms;
  }

  refuseReplace(detail: string): void {
    const requestId = this.takeReplace()?.requestId;
    if (requestId === undefined) return;
    void this.reports.say({ type: 'replace-rejected', cause: requestId, requestId, detail });
  }

  /** A replace that comes behind a newer wish; one that is known is a repeat. */
  async refuseOvertaken(requestId: RequestId): Promise<void> {
    if (this.answered.has(requestId) || this.replaceWish?.requestId === requestId) return;
    this.answered.add(requestId);
    const detail = 'A newer wish came before it.';
    await this.reports.say({ type: 'replace-rejected', cause: requestId, requestId, detail });
  }

  /** Whatever is left when an order is over came too late. */
  refuseAll(): void {
    this.refuseReplace('The order has ended.');
    this.refuseCancel({ tooLate: true, detail: 'The order had ended.' });
  }

  private takeReplace(): Replacement | undefined {
    const terms = this.replaceWish?.terms;
    if (terms !== undefined) this.answered.add(terms.requestId);
    this.replaceWish = undefined;
    return terms;
  }
}
