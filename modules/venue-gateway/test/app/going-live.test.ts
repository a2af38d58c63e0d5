import { seededRandom } from '@ats/runtime';
import { manualClock, manualTimers, memoryStateStore, until } from '@ats/testkit';
import { connectingConnector } from '../../src/adapters/connecting-connector.ts';
import { mayGoLive, notLive } from '../../src/app/going-live.ts';
import type { VenueConnector } from '../../src/app/venue-connector.ts';

/** An access service that answers as it is told, and how often it was asked. */
function accessThatSays(answer: { state: string }) {
  const asked: unknown[] = [];
  const ClaimApproval = async (wanted: unknown) => {
    asked.push(wanted);
    return { state: answer.state, approvalId: '0123456789abcdef' };
  };
  return { asked, ClaimApproval };
}

describe('switching a venue to real money', () => {
  const clock = manualClock(1_790_000_000_000_000);

  it('waits for a second person, once, and asks anew after it was left', async () => {
    const state = memoryStateStore(clock);
    const answer = { state: 'pending' };
    const access = accessThatSays(answer);
    const parts = { venue: 'kraken', state, access };
    await expect(mayGoLive(parts)).rejects.toMatchObject({
      code: 'ACCESS_APPROVAL_PENDING',
      message: expect.stringContaining('kraken'),
      remedy: expect.stringContaining('ats approvals approve 0123456789abcdef'),
    });
    answer.state = 'granted';
    await mayGoLive(parts);
    expect(access.asked).toHaveLength(2);
    expect(access.asked[1]).toMatchObject({ kind: 'mode.live', requestedBy: 'operator' });
    // A restart may have to unwind: it asks nobody.
    answer.state = 'pending';
    await mayGoLive(parts);
    expect(access.asked).toHaveLength(2);
    await expect(mayGoLive({ ...parts, venue: 'binance' })).rejects.toThrow('binance');
    await notLive(parts);
    await expect(mayGoLive(parts)).rejects.toMatchObject({ code: 'ACCESS_APPROVAL_PENDING' });
  });

  it('is refused without an answer of the access service', async () => {
    const ClaimApproval = () => Promise.reject(new Error('nobody there'));
    const parts = { venue: 'kraken', state: memoryStateStore(clock), access: { ClaimApproval } };
    await expect(mayGoLive(parts)).rejects.toMatchObject({ code: 'ACCESS_APPROVAL_PENDING' });
  });

  it('refuses orders until it is approved, and opens by itself then', async () => {
    const answer = { state: 'pending' };
    const timers = manualTimers(clock);
    const state = memoryStateStore(clock);
    let opened = 0;
    const connector = await connectingConnector({
      kind: 'live',
      async open() {
        await mayGoLive({ venue: 'kraken', state, access: accessThatSays(answer) });
        opened += 1;
        return { health: () => ({ ok: true, reason: '' }) } as VenueConnector;
      },
      timers,
      random: seededRandom(1).stream('test'),
      onOpen: () => {},
    });
    expect(connector.health()).toMatchObject({ ok: false });
    expect(connector.health().reason).toContain('second person');
    const refused = await connector.submit({} as never);
    expect(refused).toMatchObject({ kind: 'rejected', reason: 'VENUE_CIRCUIT_OPEN' });
    timers.advance(30_000);
    answer.state = 'granted';
    await until(() => {
      timers.advance(30_000);
      return connector.health().ok;
    });
    expect(opened).toBe(1);
  });
});
