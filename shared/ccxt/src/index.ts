export { type CcxtErrors, ccxtClass, ccxtErrors } from './classes.ts';
export { type Hosts, redirectHosts } from './hosts.ts';
export { fetchUntil, guardSockets } from './sockets.ts';
export { type CcxtMarkets, spotSymbol } from './symbols.ts';
