import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { initWasm, Resvg } from '@resvg/resvg-wasm';

/** Pixels for each unit of the drawing: screens are that dense. */
const DENSITY = 2;

let ready: Promise<void> | undefined;

/** A drawing as PNG, on nothing. There are no fonts: it must be without text. */
export async function pngOf(svg: string): Promise<Buffer> {
  // The library allows this once in a process.
  ready ??= load();
  await ready;
  const drawing = new Resvg(svg, { fitTo: { mode: 'zoom', value: DENSITY } });
  const image = drawing.render();
  try {
    return Buffer.from(image.asPng());
  } finally {
    image.free();
    drawing.free();
  }
}

async function load(): Promise<void> {
  const path = createRequire(import.meta.url).resolve('@resvg/resvg-wasm/index_bg.wasm');
  await initWasm(await WebAssembly.compile(await readFile(path)));
}
