/** Endpoints whose hosts take the place of ccxt's own; ccxt's paths stay. */
export interface Hosts {
  readonly ws: string | undefined;
  readonly rest: string | undefined;
}

interface Redirectable {
  readonly urls: { api?: unknown };
  loadHttpProxyAgent(): Promise<unknown>;
}

/** Points an exchange at other hosts, of a simulator for instance. */
export async function redirectHosts(exchange: Redirectable, to: Hosts): Promise<void> {
  exchange.urls.api = redirected(exchange.urls.api, to);
  // ccxt opens plain ws:// sockets only once its proxy agents are loaded.
  if (to.ws?.startsWith('ws:')) await exchange.loadHttpProxyAgent();
}

/** Every URL in ccxt's tree of URLs, its host replaced where there is another one. */
function redirected(tree: unknown, to: Hosts): unknown {
  if (typeof tree === 'string') {
    const target = /^wss?:/.test(tree) ? to.ws : /^https?:/.test(tree) ? to.rest : undefined;
    return target === undefined ? tree : tree.replace(/^[a-z]+:\/\/[^/]+/, new URL(target).origin);
  }
  if (typeof tree !== 'object' || tree === null) return tree;
  return Object.fromEntries(Object.entries(tree).map(([key, one]) => [key, redirected(one, to)]));
}
