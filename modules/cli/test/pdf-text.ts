import { inflateSync } from 'node:zlib';

/** Objects of a PDF by their numbers, as PDFKit writes them: text, then perhaps a stream. */
function objectsOf(pdf: Buffer): ReadonlyMap<string, { head: string; stream: string }> {
  const text = pdf.toString('latin1');
  const found = new Map<string, { head: string; stream: string }>();
  for (const [, number = '', body = ''] of text.matchAll(/(\d+) 0 obj\n([\s\S]*?)\nendobj/g)) {
    const [head = '', bytes] = body.split('\nstream\n');
    const data = bytes?.slice(0, bytes.lastIndexOf('\nendstream'));
    const packed = head.includes('/FlateDecode') && data !== undefined;
    const stream = packed ? inflateSync(Buffer.from(data, 'latin1')).toString('latin1') : data;
    found.set(number, { head, stream: stream ?? '' });
  }
  return found;
}

/** What the glyphs of a font stand for, from its table of them. */
function glyphsOf(table: string): ReadonlyMap<number, string> {
  const glyphs = new Map<number, string>();
  for (const [, start = '', list = ''] of table.matchAll(/<(\w{4})> <\w{4}> \[([^\]]*)\]/g)) {
    const texts = [...list.matchAll(/<([\w ]*)>/g)].map(([, hex = '']) => textOf(hex));
    for (const [index, text] of texts.entries())
      glyphs.set(Number.parseInt(start, 16) + index, text);
  }
  return glyphs;
}

const textOf = (hex: string): string =>
  Buffer.from(hex.replaceAll(' ', ''), 'hex').swap16().toString('utf16le');

/** The text of a PDF in the order in which it is drawn, all on one line. */
export function pdfText(pdf: Buffer): string {
  const objects = objectsOf(pdf);
  const fonts = new Map<string, ReadonlyMap<number, string>>();
  for (const { head } of objects.values()) {
    for (const [, name = '', number = ''] of head.matchAll(/\/(F\d+) (\d+) 0 R/g)) {
      const table = /\/ToUnicode (\d+) 0 R/.exec(objects.get(number)?.head ?? '')?.[1] ?? '';
      fonts.set(name, glyphsOf(objects.get(table)?.stream ?? ''));
    }
  }
  const pieces: string[] = [];
  for (const { stream } of objects.values()) {
    let font: ReadonlyMap<number, string> | undefined;
    for (const [, name, drawn] of stream.matchAll(/\/(F\d+) [\d.]+ Tf|\[([^\]]*)\] TJ/g)) {
      if (name !== undefined) font = fonts.get(name);
      const hex = [...(drawn ?? '').matchAll(/<(\w+)>/g)].map(([, part]) => part).join('');
      const glyphs = hex.match(/.{4}/g) ?? [];
      const piece = glyphs.map((glyph) => font?.get(Number.parseInt(glyph, 16)) ?? '').join('');
      if (piece !== '') pieces.push(piece);
    }
  }
  return pieces.join(' ').replaceAll(/\s+/g, ' ');
}
