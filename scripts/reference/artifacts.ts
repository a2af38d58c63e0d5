import { servedDocument } from '@ats/order-gateway';
import { dashboardDocument, exposureOf } from '@ats/ui-dashboard';
import { contractPackages } from './contracts.ts';
import { grpcPages } from './grpc-pages.ts';
import { anchorOf, table } from './markdown.ts';
import { type ApiDocument, restPage } from './rest-page.ts';

/** What is generated from the contracts, by its path in the project. */
export function referenceArtifacts(): Readonly<Record<string, string>> {
  const pages = { ...inFolder('grpc', grpcPages()), ...inFolder('rest', restPages()) };
  return inFolder('docs/reference', pages);
}

/** Each API as OpenAPI, and as a page. */
function restPages(): Readonly<Record<string, string>> {
  return {
    ...filesOf('order-gateway', servedDocument()),
    ...filesOf('dashboard', dashboardDocument(), exposedSection()),
  };
}

/** What a page can call or subscribe to through the dashboard's server. */
function exposedSection(): readonly string[] {
  const rows = contractPackages().flatMap(({ page, services }) =>
    services.map((service) => {
      const { name, fullName, methodsArray } = service;
      const of = (exposure: string) =>
        methodsArray
          .filter((method) => exposureOf(fullName.slice(1), method.name) === exposure)
          .map((method) => method.name);
      const link = `[${fullName.slice(1)}](../grpc/${page}#${anchorOf(name)})`;
      return [link, of('call').join(', '), of('stream').join(', ')];
    }),
  );
  const reached = rows.filter(([, calls, streams]) => calls !== '' || streams !== '');
  return [
    ...['## Methods of services', ''],
    'What `POST /api/rpc/{service}/{method}` calls, and what the WebSocket subscribes to. Whether a',
    ...['person may is decided by the service; an actor in a request is who is logged in.', ''],
    ...table(['service', 'called', 'subscribed to'], reached),
  ];
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
