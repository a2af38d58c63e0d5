import { RISK_SERVICE } from '@ats/contracts';
import { until } from '@ats/testkit';
import { type Caller, type RpcGuard, UNGUARDED } from '../../src/index.ts';
import { openQuietDirectory, type RiskHandlers, riskHandlers } from './rpc-parts.ts';

const asAnn = { deadlineMs: 10_000, authorization: 'Bearer ann' };
const HALT = { reason: 'r', actor: 'ann', mode: 'HALT_MODE_HALTED' } as const;
const ANN: Caller = { ...UNGUARDED.self, kind: 'user', name: 'ann', sessionId: 's' };

describe('a call over gRPC, while it is asked who calls', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  async function open(handlers: Partial<RiskHandlers>) {
    const asked: ((caller: Caller) => void)[] = [];
    let held = 0;
    const guard: RpcGuard = {
      ...UNGUARDED,
      identify: () => new Promise((resolve) => asked.push(resolve)),
      hold() {
        held += 1;
        return () => {
          held -= 1;
        };
      },
    };
    const server = openQuietDirectory('127.0.0.1:0', { guard });
    const serving = await server.serve(RISK_SERVICE, riskHandlers(handlers));
    const client = openQuietDirectory(serving.address);
    closing.push(
      () => server.close(),
      () => client.close(),
    );
    const answer = () => {
      for (const tell of asked.splice(0)) tell(ANN);
    };
    // An answer after it shows that what came before has had its turn.
    const turn = async () => {
      const probe = client.client(RISK_SERVICE).GetRiskStatus({}, asAnn);
      await until(() => asked.length > 0);
      answer();
      await probe.catch(() => undefined);
    };
    return { serving, client, asked, answer, turn, held: () => held };
  }

  it('that is given up does nothing, and opens nothing', async () => {
    const done: string[] = [];
    const { client, asked, answer, turn, held } = await open({
      EmergencyHalt: () => {
        done.push('halt');
        return { mode: 'HALT_MODE_HALTED' };
      },
      StreamRiskAlerts: () => void done.push('stream'),
      CheckOpportunityStream: () => {
        done.push('duplex');
        return { onMessage: () => {}, onClosed: () => {} };
      },
    });
    const late = { ...asAnn, deadlineMs: 300 };
    const halting = client.client(RISK_SERVICE).EmergencyHalt(HALT, late);
    const stream = client.subscribe(RISK_SERVICE, 'StreamRiskAlerts', {} as never, {
      ...asAnn,
      onMessage: () => {},
      onEnd: () => {},
    });
    const duplex = client.duplex(RISK_SERVICE, 'CheckOpportunityStream');
    await until(() => asked.length === 3);
    stream.close();
    duplex.close();
    await expect(halting).rejects.toMatchObject({ code: 'RPC_DEADLINE_EXCEEDED' });
    const waiting = asked.splice(0);
    // By now the server knows as well that nobody waits.
    await turn();
    asked.push(...waiting);
    answer();
    await turn();
    expect(done).toEqual([]);
    expect(held()).toBe(0);
  });

  it('has what was sent meanwhile, whole and in order', async () => {
    const seen: number[] = [];
    const { client, asked, answer } = await open({
      CheckOpportunityStream: () => ({
        onMessage: ({ correlationId }) => void seen.push(correlationId),
        onClosed: () => {},
      }),
    });
    const duplex = client.duplex(RISK_SERVICE, 'CheckOpportunityStream');
    const wanted = Array.from({ length: 50 }, (_, index) => index + 1);
    const message = { opportunity: null, intent: null };
    const rest = [...wanted];
    await until(() => {
      while (rest[0] !== undefined && duplex.send({ correlationId: rest[0], ...message })) {
        rest.shift();
      }
      return asked.length > 0;
    });
    answer();
    await until(() => {
      while (rest[0] !== undefined && duplex.send({ correlationId: rest[0], ...message })) {
        rest.shift();
      }
      return seen.length === wanted.length;
    });
    expect(seen).toEqual(wanted);
  });

  it('of a service that stops does nothing, and its caller is told', async () => {
    const done: string[] = [];
    const { serving, client, asked, answer } = await open({
      EmergencyHalt: () => {
        done.push('halt');
        return { mode: 'HALT_MODE_HALTED' };
      },
      StreamRiskAlerts: () => void done.push('stream'),
    });
    const ends: (string | undefined)[] = [];
    client.subscribe(RISK_SERVICE, 'StreamRiskAlerts', {} as never, {
      ...asAnn,
      onMessage: () => {},
      onEnd: (error) => ends.push(error?.code),
    });
    const halting = client.client(RISK_SERVICE).EmergencyHalt(HALT, asAnn);
    // It is asked once more, and by then there is no such service.
    const refused = expect(halting).rejects.toMatchObject({ code: expect.stringMatching(/^RPC_/) });
    await until(() => asked.length === 2);
    await serving.stop();
    answer();
    await refused;
    await until(() => ends.length === 1);
    expect(ends).toEqual(['RPC_UNAVAILABLE']);
    expect(done).toEqual([]);
  });
});
