import { renderAsync } from '@resvg/resvg-js';

/** Pixels for each unit of the drawing: screens are that dense. */
const DENSITY = 2;

/** A drawing as PNG, on nothing, made beside the main thread. It must be without text. */
export async function pngOf(svg: string): Promise<Buffer> {
  const image = await renderAsync(svg, {
    fitTo: { mode: 'zoom', value: DENSITY },
    // Reading the machine's fonts takes long, and servers have none.
    font: { loadSystemFonts: false },
  });
  return image.asPng();
}
