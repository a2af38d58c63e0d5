import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openKillSwitch } from '../src/index.ts';

describe('the kill switch', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ats-kill-switch-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is on while its file is there, and says the first reason', () => {
    const killSwitch = openKillSwitch(join(folder, 'made', 'on-demand'));
    expect(killSwitch.reason()).toBe('');
    killSwitch.pull('prices are\nwrong');
    killSwitch.pull('me too');
    expect(killSwitch.reason()).toBe('prices are wrong');
    killSwitch.release();
    killSwitch.release();
    expect(killSwitch.reason()).toBe('');
  });

  it('is on for an empty file, as "touch" makes it, and names the file', () => {
    const file = join(folder, 'empty');
    writeFileSync(file, '');
    expect(openKillSwitch(file).reason()).toBe(`${file} is there`);
  });

  it('is on where it cannot tell', () => {
    expect(openKillSwitch(folder).reason()).toContain('cannot be read');
  });
});
