import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { formatDurationUs, formatMoment } from '../../text/format.ts';
import type { Lane, Timeline } from '../../text/timeline.ts';

interface TimelineViewProps {
  readonly timeline: Timeline;
}

/** Left to right, a lane for the engine and for each order, gaps named. */
export function TimelineView({ timeline }: TimelineViewProps): ReactNode {
  const { t } = useTranslation();
  const { lanes, fromUs, toUs } = timeline;
  if (lanes.length === 0) return <div className="empty">{t('Nothing is known of when.')}</div>;
  return (
    <div className="timeline">
      {lanes.map((lane) => (
        <LaneView key={lane.key} lane={lane} timeline={timeline} />
      ))}
      <p className="faint">
        {formatMoment(fromUs)} ·{' '}
        {t('{{duration}} in all', { duration: formatDurationUs(toUs - fromUs) })}
      </p>
    </div>
  );
}

interface LaneViewProps {
  readonly lane: Lane;
  readonly timeline: Timeline;
}

function LaneView({ lane, timeline }: LaneViewProps): ReactNode {
  const { t } = useTranslation();
  const { fromUs, toUs } = timeline;
  const range = toUs - fromUs || 1;
  const percent = (atUs: number): number => ((atUs - fromUs) / range) * 100;
  const first = percent(lane.marks[0]?.atUs ?? fromUs);
  const last = percent(lane.marks.at(-1)?.atUs ?? fromUs);
  return (
    <section className="lane">
      <h3>
        {t(lane.of)} {lane.venue}
      </h3>
      <div className="lane-track" aria-hidden="true">
        <span className="lane-line" style={{ left: `${first}%`, width: `${last - first}%` }} />
        {lane.marks.map(({ name, atUs }) => (
          <span
            key={`${name} ${atUs}`}
            className="lane-dot"
            style={{ left: `${percent(atUs)}%` }}
            title={t(name)}
          />
        ))}
      </div>
      <ol className="lane-marks">
        {lane.marks.map(({ name, atUs }, index) => {
          const before = lane.marks[index - 1]?.atUs ?? fromUs;
          return (
            <li key={`${name} ${atUs}`}>
              <span className="faint">+{formatDurationUs(atUs - before)}</span> {t(name)}
            </li>
          );
        })}
        {lane.facts.map((fact) => (
          <li key={fact} className="faint" title={t('When is in the write-once archive.')}>
            ✓ {t(fact)}
          </li>
        ))}
      </ol>
    </section>
  );
}
