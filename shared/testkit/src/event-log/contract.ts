import { durableHalf } from './durability.ts';
import { failureHalf } from './failures.ts';
import { groupHalf } from './groups.ts';
import { memberHalf } from './members.ts';
import { appendHalf } from './records.ts';
import { type EventLogContract, Stage } from './stage.ts';

/** Every promise of `EventLog`, asked of one adapter. Call it inside a `describe`. */
export function eventLogContract(contract: EventLogContract): void {
  let current: Stage;
  const stage = (): Stage => current;
  beforeEach(async () => {
    current = new Stage(contract);
    await current.open();
  });
  afterEach(() => current.log.close());

  describe('records', () => appendHalf(stage));
  describe('groups', () => groupHalf(stage));
  describe('members', () => memberHalf(stage));
  describe('durability', () => durableHalf(stage));
  if (contract.server !== undefined) describe('failures', () => failureHalf(stage));
}
