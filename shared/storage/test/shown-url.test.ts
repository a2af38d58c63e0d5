import { shownUrl } from '../src/index.ts';

describe('an address as people see it', () => {
  it.each([
    ['redis://ann:p@ss@host:6379/0', 'redis://***@host:6379/0'],
    ['influxdb://host/a/b?token=abc&x=1', 'influxdb://host/a/b?token=***&x=1'],
    ['s3://bucket?accessKey=a&secretKey=b', 's3://bucket?accessKey=***&secretKey=***'],
    ['lmdb:./data/log', 'lmdb:./data/log'],
  ])('has no secret: %s', (url, shown) => {
    expect(shownUrl(url)).toBe(shown);
  });
});
