import { CONFIG_SERVICE } from '@ats/contracts';
import type { ConfigChange, Host, RpcDirectory, RpcServing } from '@ats/runtime';

/** Lets people have the settings of this process read again. */
export function serveConfig(
  rpc: RpcDirectory,
  host: Pick<Host<unknown>, 'reload'>,
): Promise<RpcServing> {
  return rpc.serve(CONFIG_SERVICE, {
    ReloadConfig: async ({ dryRun }, context) => {
      const changes = host.reload({ source: context.caller.name, dryRun });
      if (!dryRun) context.changed(changeOf(changes));
      return { changes: changes.map(toWire) };
    },
  });
}

/** What was taken, for the record. */
function changeOf(changes: readonly ConfigChange[]) {
  const taken = changes.filter(({ live }) => live);
  const state = (of: 'before' | 'after') =>
    Object.fromEntries(taken.map((change) => [change.path, change[of] ?? null]));
  return { before: state('before'), after: state('after') };
}

const toWire = ({ before, after, ...rest }: ConfigChange) => ({
  ...rest,
  before: JSON.stringify(before) ?? '',
  after: JSON.stringify(after) ?? '',
});
