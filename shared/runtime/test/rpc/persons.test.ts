import { NOTIFICATION_SERVICE, RISK_SERVICE } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import { until } from '@ats/testkit';
import {
  type CallContext,
  type Change,
  type Outcome,
  type RpcGuard,
  type RpcHandlers,
  UNGUARDED,
} from '../../src/index.ts';
import { openQuietDirectory, riskHandlers } from './rpc-parts.ts';

const CALL = { deadlineMs: 2000 };
const HALT = { reason: 'r', actor: 'mallory', mode: 'HALT_MODE_HALTED' } as const;
const MUTE = {
  ...{ muteId: '', key: 'k', area: 'ALERT_AREA_UNSPECIFIED' as const, personId: '', untilUs: 0 },
  ...{ actor: 'mallory', reason: '', mutedAtUs: 0 },
} as const;

/** Knows ann by her token; keeps what it is told. */
function guardOfAnn() {
  const outcomes: Outcome[] = [];
  const places: (string | undefined)[] = [];
  const held: ((error: AtsError) => void)[] = [];
  const guard: RpcGuard = {
    ...UNGUARDED,
    identify({ authorization, personSource }) {
      places.push(personSource);
      if (authorization === undefined) return UNGUARDED.self;
      if (authorization === 'Bearer ann')
        return { ...UNGUARDED.self, kind: 'user', name: 'ann', sessionId: 's' };
      throw new AtsError({ code: 'REQUEST_UNAUTHENTICATED', message: 'who?' });
    },
    admit: () => (outcome) => void outcomes.push(outcome),
    hold(caller, end) {
      if (caller.kind !== 'user') return () => {};
      held.push(end);
      return () => void held.splice(held.indexOf(end), 1);
    },
  };
  return { guard, outcomes, held, places };
}

describe.each(['direct', 'grpc'])('a person who calls a service bound %s', (binding) => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  async function open(handlers: Parameters<typeof riskHandlers>[0]) {
    const known = guardOfAnn();
    const { guard } = known;
    const address = binding === 'direct' ? '' : '127.0.0.1:0';
    const server = openQuietDirectory(address, { guard });
    closing.push(() => server.close());
    const serving = await server.serve(RISK_SERVICE, riskHandlers(handlers));
    const client = binding === 'direct' ? server : openQuietDirectory(serving.address, { guard });
    if (client !== server) closing.push(() => client.close());
    return { ...known, server, client };
  }
  const asAnn = { ...CALL, authorization: 'Bearer ann' };

  it('acts under their own name, whatever the request says', async () => {
    const actors: string[] = [];
    const EmergencyHalt = ({ actor }: { readonly actor: string }) => {
      actors.push(actor);
      return { mode: 'HALT_MODE_HALTED' } as const;
    };
    const { client } = await open({ EmergencyHalt });
    await client.client(RISK_SERVICE).EmergencyHalt(HALT, asAnn);
    // A service says for whom it acts.
    await client.client(RISK_SERVICE).EmergencyHalt(HALT, CALL);
    expect(actors).toEqual(['ann', 'mallory']);
  });

  it('is where the caller says, for the guard to believe or not', async () => {
    const { client, places } = await open({
      EmergencyHalt: () => ({ mode: 'HALT_MODE_HALTED' }) as const,
      StreamRiskAlerts: (_request, stream) => stream.end(),
    });
    const from = { ...asAnn, personSource: '10.1.2.3' };
    await client.client(RISK_SERVICE).EmergencyHalt(HALT, from);
    await new Promise<void>((ended) => {
      client.subscribe(RISK_SERVICE, 'StreamRiskAlerts', {} as never, {
        ...{ ...from, onMessage: () => {} },
        onEnd: () => ended(),
      });
    });
    await client.client(RISK_SERVICE).EmergencyHalt(HALT, asAnn);
    expect(places).toEqual(['10.1.2.3', '10.1.2.3', undefined]);
  });

  it('has what the call changed in the record, also when it failed after that', async () => {
    const change: Change = { before: { mode: 'none' }, after: { mode: 'halted' } };
    let fails = false;
    const EmergencyHalt = (_request: object, context: CallContext) => {
      context.changed(change);
      if (fails) throw new AtsError({ code: 'STORAGE_UNAVAILABLE', message: 'away' });
      return { mode: 'HALT_MODE_HALTED' } as const;
    };
    const { client, outcomes } = await open({ EmergencyHalt });
    await client.client(RISK_SERVICE).EmergencyHalt(HALT, asAnn);
    fails = true;
    await expect(client.client(RISK_SERVICE).EmergencyHalt(HALT, asAnn)).rejects.toThrow('away');
    expect(outcomes).toMatchObject([
      { error: undefined, change },
      { error: { code: 'STORAGE_UNAVAILABLE' }, change },
    ]);
  });

  it('opens streams as themselves, which end when the guard says so', async () => {
    const names: string[] = [];
    const { client, held } = await open({
      StreamRiskAlerts: (_request, { context }) => void names.push(context.caller.name),
    });
    const ends: string[] = [];
    const subscribe = (authorization: string) =>
      client.subscribe(RISK_SERVICE, 'StreamRiskAlerts', {} as never, {
        ...{ ...CALL, authorization },
        onMessage: () => {},
        onEnd: (error) => ends.push(error?.code ?? 'well'),
      });
    const left = subscribe('Bearer ann');
    await until(() => names.length === 1);
    left.close();
    await until(() => held.length === 0);
    subscribe('Bearer ann');
    subscribe('Bearer forged');
    await until(() => names.length === 2 && ends.length === 1);
    expect(names).toEqual(['ann', 'ann']);
    expect(ends).toEqual(['REQUEST_UNAUTHENTICATED']);
    held[0]?.(new AtsError({ code: 'REQUEST_UNAUTHENTICATED', message: 'over' }));
    await until(() => ends.length === 2);
    expect(held).toEqual([]);
  });
});

it('a person mutes under their own name, though the name is inside another message', async () => {
  const actors: (string | undefined)[] = [];
  const server = openQuietDirectory('', { guard: guardOfAnn().guard });
  const handlers = {
    PutMute({ mute }: { readonly mute: typeof MUTE | null }) {
      actors.push(mute?.actor);
      return { mute };
    },
  } as unknown as RpcHandlers<never>;
  await server.serve(NOTIFICATION_SERVICE, handlers as never);
  const notification = server.client(NOTIFICATION_SERVICE);
  await notification.PutMute({ mute: MUTE }, { ...CALL, authorization: 'Bearer ann' });
  expect(actors).toEqual(['ann']);
  await server.close();
});
