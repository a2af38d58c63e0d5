import { openMetrics, pathStages, VenueLatencies } from '../src/index.ts';

const count = (stage: string, venue: string): string =>
  `ats_path_stage_seconds_count{stage="${stage}",venue="${venue}"`;

describe('stages of the way from frame to fill', () => {
  it('are told by venue, those too that come after the telling began', async () => {
    const metrics = openMetrics({ service: 'engine' });
    const latencies = new VenueLatencies();
    latencies.of('kraken').record(40);
    latencies.tell(metrics, 'book_to_decision');
    latencies.of('kraken').record(60);
    latencies.of('upbit').record(70);
    const text = await metrics.text();
    expect(text).toContain(`${count('book_to_decision', 'kraken')},service="engine"} 2`);
    expect(text).toContain(`${count('book_to_decision', 'upbit')},service="engine"} 1`);
    expect(latencies.merged().summary()).toMatchObject({ count: 3, max: 70 });
  });

  it('are one metric, however a service measures them', async () => {
    const metrics = openMetrics({ service: 'venue-gateway' });
    pathStages(metrics).observe({ stage: 'venue_to_fill', venue: 'kraken' }, 0.02);
    expect(await metrics.text()).toContain(
      `${count('venue_to_fill', 'kraken')},service="venue-gateway"} 1`,
    );
    expect(() => new VenueLatencies().tell(metrics, 'frame_to_book')).toThrow(/another form/);
  });
});
