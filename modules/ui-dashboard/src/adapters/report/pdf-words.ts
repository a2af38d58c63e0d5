/** Hangul, and the characters and marks that stand beside it. */
const KOREAN =
  /[\u1100-\u11ff\u2e80-\u303f\u3130-\u318f\u3400-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef]+/g;

interface Run {
  readonly text: string;
  readonly font: 'Roboto' | 'Nanum';
}

/** Text in parts, each in a font that has its characters: a PDF does not look for another one. */
export function words(text: string): Run[] {
  const runs: Run[] = [];
  let at = 0;
  for (const { 0: found, index } of text.matchAll(KOREAN)) {
    if (index > at) runs.push({ text: text.slice(at, index), font: 'Roboto' });
    runs.push({ text: found, font: 'Nanum' });
    at = index + found.length;
  }
  if (at < text.length || runs.length === 0) runs.push({ text: text.slice(at), font: 'Roboto' });
  return runs;
}
