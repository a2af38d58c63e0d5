/** @returns `minEdgeBps=4, notionalMax=2000` by name; what has no `=` is left out */
export function parametersOf(text: string): Readonly<Record<string, string>> {
  const pairs = text
    .split(/[\n,]+/)
    .map((pair) => pair.split('=').map((part) => part.trim()))
    .flatMap(([name = '', value = '']) => (name === '' || value === '' ? [] : [[name, value]]));
  return Object.fromEntries(pairs);
}
