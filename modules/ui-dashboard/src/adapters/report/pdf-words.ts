/** Hangul, and the characters and marks that stand beside it. */
const KOREAN = /[\p{Script=Hangul}\p{Script=Han}\p{Script=Katakana}\u3000-\u303f\uff00-\uffef]+/gu;

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
