import {
  ACCESS_SERVICE,
  haltModeToWire,
  LEDGER_SERVICE,
  RISK_SERVICE,
  SIDES,
  type WireMessages,
  type WireServices,
} from '@ats/contracts';
import {
  accountId,
  Decimal,
  type HaltMode,
  type InstrumentId,
  requestId,
  venueId,
} from '@ats/domain';
import { type RpcDirectory, type RpcHandlers, systemClock } from '@ats/runtime';
import { ApprovalSeal } from '@ats/security';

export const APPROVAL_KEY = 'signs approvals of the tests and of nothing else';
export const seal = new ApprovalSeal(APPROVAL_KEY);

type WireRiskDecision = WireMessages['ats.opportunity.v1.RiskDecision'];
type WireCheckOrders = WireMessages['ats.risk.v1.CheckOrdersRequest'];

/** What risk and the ledger of a test say. */
export interface World {
  halted: boolean;
  /** What a halt stops. */
  mode: HaltMode;
  haltedAtUs: number;
  /** Why venues are closed; all others are open. */
  closedVenues: Map<string, string>;
  /** Whether the two answer at all. */
  answering: boolean;
  /** Why risk refuses a person's orders; it approves all when there is no reason. */
  refuses: Partial<WireRiskDecision> | undefined;
  /** How long what risk signs is good; below 0 it has expired before it is sent. */
  approvalUs: number;
  /** What risk was asked about a person's orders. */
  readonly asked: WireCheckOrders[];
  /** People who have logged in, by their access token. */
  readonly people: Map<string, Person>;
  /** Says who an access token belongs to, in the place of `people`. */
  readonly introspect?: (token: string) => Promise<Introspected>;
}

type Introspected = WireMessages['ats.access.v1.IntrospectResponse'];

export interface Person {
  readonly name: string;
  readonly role: string;
  readonly sessionId: string;
  readonly expiresAtUs: number;
}

/** Whose token or session it is, as the access service says. */
function introspected(
  { people }: World,
  asked: { readonly token: string; readonly sessionId: string },
): Introspected {
  const found =
    people.get(asked.token) ??
    [...people.values()].find(({ sessionId }) => sessionId === asked.sessionId);
  const nobody = { name: '', role: '', sessionId: '', expiresAtUs: 0 };
  const accounts = ['main'];
  return { active: found !== undefined, ...nobody, ...found, stepUpUntilUs: 0, accounts };
}

type AccessHandlers = RpcHandlers<WireServices['ats.access.v1.AccessService']>;

/** Risk's word, signed as the real one signs it. */
function checked(request: WireCheckOrders, { refuses, approvalUs }: World) {
  const decision: WireRiskDecision = {
    opportunityId: `${request.accountId}/${request.requestId}`,
    ...{ verdict: 'VERDICT_APPROVED', reason: 'REASON_CODE_APPROVED' },
    ...{ detail: '', limit: '', value: '', quantity: '' },
  };
  if (refuses !== undefined) {
    return {
      decision: { ...decision, verdict: 'VERDICT_REFUSED' as const, ...refuses },
      approval: '',
    };
  }
  const issuedAtUs = systemClock.nowUs();
  const approval = seal.sign({
    accountId: accountId(request.accountId),
    requestId: requestId(request.requestId),
    epoch: 0,
    legs: request.orders.map((order) => ({
      venue: venueId(order.venue),
      instrument: order.instrument as InstrumentId,
      side: SIDES.fromWire('side', order.side),
      quantity: Decimal.parse(order.quantity),
      price: Decimal.parse(order.price),
    })),
    issuedAtUs,
    expiresAtUs: issuedAtUs + approvalUs,
  });
  return { decision, approval };
}

export async function serveWorld(rpc: RpcDirectory, world: World): Promise<void> {
  const answering = <Answer>(answer: Answer): Answer => {
    if (world.answering) return answer;
    throw new Error('the service is down');
  };
  const never = (): never => {
    throw new Error('nobody asks this in these tests');
  };
  const Introspect: AccessHandlers['Introspect'] = (asked) =>
    world.introspect?.(asked.token) ?? answering(introspected(world, asked));
  await rpc.serve(ACCESS_SERVICE, { Introspect } as unknown as AccessHandlers);
  await rpc.serve(LEDGER_SERVICE, {
    GetReconciliation: () =>
      answering({
        venues: ['alpha', 'beta'].map((name) => ({
          venue: name,
          open: !world.closedVenues.has(name),
          reason: world.closedVenues.get(name) ?? '',
          comparedAtUs: 1,
          differences: [],
        })),
      }),
    Reconcile: never,
    ConfirmDifference: never,
    GetBalances: never,
    ListEntries: never,
  });
  await rpc.serve(RISK_SERVICE, {
    GetRiskStatus: () =>
      answering({
        halted: world.halted,
        haltReason: world.halted ? 'a drill' : '',
        haltedBy: world.halted ? 'ops' : '',
        haltedAtUs: world.haltedAtUs,
        decisions: [],
        rateAvailable: 1,
        resumeActors: [],
        resumePersons: 1,
        mode: haltModeToWire(world.halted ? world.mode : undefined),
        changes: [],
      }),
    CheckOrders: (request) => {
      world.asked.push(request);
      return answering(checked(request, world));
    },
    PreviewOrders: never,
    CheckOpportunity: never,
    CheckOpportunityStream: never,
    GetPositions: never,
    GetPnL: never,
    GetCountedFills: never,
    EmergencyHalt: never,
    ResumeTrading: never,
    StreamPositionUpdates: never,
    GetRiskLimits: never,
    UpdateRiskLimits: never,
    GetRiskAlerts: never,
    AcknowledgeAlert: never,
    StreamRiskAlerts: never,
  });
}
