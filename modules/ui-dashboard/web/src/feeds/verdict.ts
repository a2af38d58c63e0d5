import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Message } from '../../../src/contract.ts';
import { after } from '../adapters/clock.ts';
import { callRpc } from '../adapters/rpc-client.ts';
import { isComplete, type OrderDraft } from '../text/order-draft.ts';
import { intentOf, type Verdict, verdictOf } from '../text/verdict.ts';
import { useSession } from './session.tsx';
import { useNowMs } from './ticker.ts';

type Listing = Message<'ats.marketdata.v1.MarketListing'>;

/** Nobody has typed for so long. */
const SETTLE_MS = 300;
const AGAIN_MS = 3000;

/** The value as it was once it had stayed the same for a moment. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => after(SETTLE_MS, () => setSettled(value)), [value]);
  return settled;
}

/** What risk would say to the draft now, asked again while it is looked at. */
export function useVerdict(draft: OrderDraft, listing: Listing): Verdict {
  const { system } = useSession();
  const asked = JSON.stringify({
    accountId: system.account,
    orders: [intentOf(draft, listing)],
  });
  const settled = useSettled(asked);
  const complete = isComplete(draft, listing);
  const nowMs = useNowMs();
  const { data, error, dataUpdatedAt } = useQuery({
    queryKey: ['PreviewOrders', settled],
    queryFn: () => callRpc('ats.risk.v1.RiskService', 'PreviewOrders', JSON.parse(settled)),
    enabled: complete && settled === asked,
    refetchInterval: AGAIN_MS,
    // No answer is shown at once, and asked for again at the next turn.
    retry: false,
    gcTime: 0,
  });
  if (!complete) return { kind: 'incomplete' };
  if (settled !== asked) return { kind: 'asking' };
  const problem = error === null ? undefined : error.message;
  return verdictOf({ preview: data, problem, ageMs: nowMs - dataUpdatedAt });
}
