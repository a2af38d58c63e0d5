import type { Finding } from '../../tidy/findings.ts';
import { judge } from '../../tidy/ratchet.ts';

const longFile = (value: number): Finding => ({
  rule: 'file-length',
  subject: 'shared/x/src/a.ts',
  line: 1,
  value,
  message: 'is long',
});

const KEY = 'file-length shared/x/src/a.ts';

describe('the tidy ratchet', () => {
  it('fails what is new', () => {
    expect(judge([longFile(401)], {}).failures).toHaveLength(1);
  });

  it('tolerates what is known, and no line more', () => {
    expect(judge([longFile(450)], { [KEY]: 450 })).toMatchObject({ failures: [] });
    expect(judge([longFile(451)], { [KEY]: 450 }).failures).toHaveLength(1);
  });

  it('tightens the baseline to what is left', () => {
    expect(judge([longFile(420)], { [KEY]: 450 }).tightened).toEqual({ [KEY]: 420 });
    expect(judge([], { [KEY]: 450 }).tightened).toEqual({});
  });

  it('never loosens the baseline', () => {
    const { tightened } = judge([longFile(500), longFile(460)], { [KEY]: 450 });
    expect(tightened).toEqual({ [KEY]: 450 });
    expect(judge([longFile(500)], {}).tightened).toEqual({});
  });

  it('keeps the worst of two functions of one name', () => {
    const { failures, tightened } = judge([longFile(410), longFile(440)], { [KEY]: 450 });
    expect(failures).toEqual([]);
    expect(tightened).toEqual({ [KEY]: 440 });
  });
});
