import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@ats/domain';
import { openUserChannel } from '../src/adapters/channels/user-channel.ts';
import type { Briefing } from '../src/app/briefing.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'ats-user-channel-'));
const TO = { address: 'desk', messageId: 'message-1', nowUs: 0 };
const BRIEFING = { title: 'kraken is closed' } as Briefing;
/** Where a file of a test leaves what it was told. */
const TOLD: unknown[] = [];
Object.assign(globalThis, { TOLD });

let files = 0;
function file(source: string): string {
  files += 1;
  const path = join(FOLDER, `channel-${files}.ts`);
  writeFileSync(path, source);
  return path;
}

const open = (path: string, timeoutMs = 20_000) =>
  openUserChannel(
    { kind: 'file', path, settings: { room: 'one' }, secret: new Secret('hunter-two') },
    { name: 'desk', timeoutMs },
  );

describe('a channel of a user', () => {
  it('is opened with its settings and its secret, sends, and is closed', async () => {
    const path = file(`
      export const channel = {
        open: ({ settings, secret }) => ({
          async send({ title }: { title: string }, { address }: { address: string }) {
            TOLD.push([settings.room, secret.reveal(), title, address]);
          },
          async close() { TOLD.push('closed'); },
        }),
      };`);
    const channel = await open(path);
    await channel.send(BRIEFING, TO);
    await channel.close();
    expect(TOLD).toEqual([['one', 'hunter-two', 'kraken is closed', 'desk'], 'closed']);
    expect(channel.kind).toBe('file');
  });

  it.each([
    ['is not there', undefined, 'cannot be loaded'],
    ['is no TypeScript', 'const =', 'cannot be loaded'],
    ['exports something else', 'export const chanel = {};', 'exports no channel with open()'],
    ['opens nothing', 'export const channel = { open: () => null };', 'has no send() and close()'],
    [
      'dislikes its settings',
      "export const channel = { open() { throw new Error('settings.url is missing'); } };",
      'does not open: settings.url is missing',
    ],
  ])('is refused by name when its file %s', async (_, source, problem) => {
    const path = source === undefined ? join(FOLDER, 'nowhere.ts') : file(source);
    await expect(open(path)).rejects.toMatchObject({
      code: 'ADAPTER_INVALID',
      message: expect.stringMatching(/^notification\.channels\.desk: /),
      context: { field: 'notification.channels.desk.path', value: path },
    });
    await expect(open(path)).rejects.toThrow(problem);
  });

  it.each([
    ['throws', "async send() { throw new Error('the pager is off'); }", 'the pager is off'],
    ['never answers', 'send: () => new Promise(() => {})', 'no answer within 50 ms'],
  ])('is tried again when it %s', async (_, send, words) => {
    const source = `export const channel = { open: () => ({ ${send}, async close() {} }) };`;
    const channel = await open(file(source), 50);
    await expect(channel.send(BRIEFING, TO)).rejects.toMatchObject({
      ...{ code: 'NOTIFICATION_CHANNEL_FAILED', retry: 'safe' },
      message: expect.stringContaining(words),
    });
  });
});
