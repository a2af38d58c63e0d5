/** @returns `minEdgeBps=4, notionalMax=2000` by name; what has no `=` is left out */
export function parametersOf(text: string): Readonly<Record<string, string>> {
  const pairs = text
    .split(/[\n,]+/)
    .map((pair) => pair.split('=').map((part) => part.trim()))
    .flatMap(([name = '', value = '']) => (name === '' || value === '' ? [] : [[name, value]]));
  return Object.fromEntries(pairs);
}

/** @param time of a field of date and time, taken as UTC; 0 where it is empty */
export const microsecondsOf = (time: string): number =>
  time === '' ? 0 : Date.parse(`${time}Z`) * 1000;
