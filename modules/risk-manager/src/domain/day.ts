const MICROSECONDS_PER_MILLISECOND = 1000;
/** Every zone's days begin at a quarter of an hour of UTC. */
const QUARTER_US = 900_000_000;

/** @returns what day it is in a time zone, `2026-11-23`; quick for times close together */
export function dayTeller(timeZone: string): (atUs: number) => string {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' });
  let quarter = -1;
  let day = '';
  return (atUs) => {
    const now = Math.floor(atUs / QUARTER_US);
    if (now !== quarter) {
      quarter = now;
      day = format.format(Math.floor(atUs / MICROSECONDS_PER_MILLISECOND));
    }
    return day;
  };
}
