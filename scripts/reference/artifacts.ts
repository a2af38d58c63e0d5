import { servedDocument } from '@ats/order-gateway';
import { grpcPages } from './grpc-pages.ts';
import { type ApiDocument, restPage } from './rest-page.ts';

/** What is generated from the contracts, by its path in the project. */
export function referenceArtifacts(): Readonly<Record<string, string>> {
  const pages = { ...inFolder('grpc', grpcPages()), ...inFolder('rest', restPages()) };
  return inFolder('docs/reference', pages);
}

/** Each API as OpenAPI, and as a page. */
function restPages(): Readonly<Record<string, string>> {
  return filesOf('order-gateway', servedDocument());
}

function filesOf(name: string, document: object, more: readonly string[] = []) {
  const openApi = `${name}.openapi.json`;
  return {
    [openApi]: `${JSON.stringify(document, undefined, 1)}\n`,
    [`${name}.md`]: restPage(document as ApiDocument, { openApi, more }),
  };
}

const inFolder = (folder: string, files: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]));
