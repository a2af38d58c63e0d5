import { writeFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

const WEBP_QUALITY = 80;

/** Writes what a window shows. @param picture.path without its ending, `.webp` or `.png` */
export async function keepPicture(
  page: Page,
  { path, webp }: { readonly path: string; readonly webp: boolean },
): Promise<void> {
  if (!webp) {
    await page.screenshot({ path: `${path}.png`, animations: 'disabled' });
    return;
  }
  const session = await page.context().newCDPSession(page);
  const how = { format: 'webp', quality: WEBP_QUALITY } as const;
  const { data } = await session.send('Page.captureScreenshot', how);
  writeFileSync(`${path}.webp`, Buffer.from(data, 'base64'));
}
