import { fileURLToPath } from 'node:url';
import pdfmake from 'pdfmake';
import type { TDocumentDefinitions } from 'pdfmake/interfaces.js';
import type { ReportFacts } from '../../app/reports.ts';
import type { Report } from '../../domain/report.ts';
import { INK } from './charts.ts';
import { reportSections } from './pdf-sections.ts';
import { words } from './pdf-words.ts';
import { periodText, timeText } from './report-text.ts';

const latin = (name: string): string =>
  fileURLToPath(import.meta.resolve(`pdfmake/fonts/Roboto/Roboto-${name}.ttf`));

const KOREAN = {
  normal: fileURLToPath(
    import.meta.resolve('@expo-google-fonts/nanum-gothic/400Regular/NanumGothic_400Regular.ttf'),
  ),
  bold: fileURLToPath(
    import.meta.resolve('@expo-google-fonts/nanum-gothic/700Bold/NanumGothic_700Bold.ttf'),
  ),
};

const FONTS = {
  Roboto: {
    normal: latin('Regular'),
    bold: latin('Medium'),
    italics: latin('Italic'),
    bolditalics: latin('MediumItalic'),
  },
  // It has no italics.
  Nanum: { ...KOREAN, italics: KOREAN.normal, bolditalics: KOREAN.bold },
};
const FILES: ReadonlySet<string> = new Set(
  Object.values(FONTS).flatMap((one) => Object.values(one)),
);

pdfmake.setFonts(FONTS);
// It reads its fonts and nothing else, from the disk or from elsewhere.
pdfmake.setUrlAccessPolicy(() => false);
pdfmake.setLocalAccessPolicy((path) => FILES.has(path));

const MARGIN = 40;
const HEAD = 64;

/** The report as a PDF of A4 pages: figures, charts as vectors, tables. */
export async function reportPdf(report: Report, facts: ReportFacts): Promise<Uint8Array> {
  const { mode, account, madeFor, madeAtUs } = facts;
  const period = periodText(report.period);
  const made = `Made ${timeText(madeAtUs)} UTC for `;
  const document: TDocumentDefinitions = {
    pageSize: 'A4',
    pageMargins: [MARGIN, HEAD, MARGIN, 44],
    info: { title: `ATS report ${period}`, creator: 'ATS', producer: 'ATS' },
    defaultStyle: { font: 'Roboto', fontSize: 9, color: INK.text, lineHeight: 1.15 },
    styles: {
      title: { fontSize: 20, bold: true, margin: [0, 0, 0, 2] },
      section: { fontSize: 12, bold: true, margin: [0, 16, 0, 6] },
      muted: { color: INK.muted },
      small: { color: INK.muted, fontSize: 8 },
      head: { color: INK.muted, fontSize: 8 },
      figure: { fontSize: 15, bold: true },
      gain: { color: INK.gain },
      loss: { color: INK.loss },
      wrong: { color: '#b91c1c', bold: true },
    },
    header: {
      margin: [MARGIN, 26, MARGIN, 0],
      columns: [
        { text: 'ATS report', bold: true },
        { text: words(`${mode}, account ${account}`), style: 'muted', alignment: 'right' },
      ],
    },
    footer: (page, pages) => ({
      margin: [MARGIN, 12, MARGIN, 0],
      style: 'small',
      columns: [
        { text: words(made + madeFor) },
        { text: `${page} of ${pages}`, alignment: 'right' },
      ],
    }),
    content: reportSections(report),
  };
  return pdfmake.createPdf(document).getBuffer();
}
