import type { Command } from 'commander';
import type { CommandParts } from './command-parts.ts';
import type { InventoryOptions } from './inventory.ts';

const INVENTORY_HELP = `
How fast trading moves each asset between venues, and when it is used up. Empty is what no trade of
usual size (risk.inventory.tradeNotional) fits. In JSON null stands for never.

Examples:
  ats inventory
  ats inventory --asset BTC --json
  ats inventory plan`;

const PLAN_HELP = `
For each asset that runs dry: waiting, trading the other way and a transfer, with what each costs,
what is not earned for want of it, and how long both sides last then. The recommended one is the
cheapest in time. It only plans: nothing is traded or sent. Prices move: ask again before you act.

Examples:
  ats inventory plan
  ats inventory plan --venue kraken --json`;

/** Adds the commands about how long assets last. */
export function addInventory(program: Command, parts: CommandParts): void {
  const { result, withConfig, exitCodes } = parts;
  const narrowed = (command: Command): Command =>
    withConfig(command)
      .option('--account <name>', 'this account alone')
      .option('--venue <name>', 'this venue alone')
      .option('--asset <name>', 'this asset alone, such as BTC')
      .option('--json', 'JSON instead of tables');
  const inventory = narrowed(
    program.command('inventory').description('show how long assets last at each venue'),
  )
    .enablePositionalOptions()
    .addHelpText('after', INVENTORY_HELP + exitCodes)
    .action(async (options: InventoryOptions) => {
      const { inventory: show } = await import('./inventory.ts');
      result.exitCode = await show(options);
    });
  narrowed(inventory.command('plan').description('compare ways to bring back what runs dry'))
    .exitOverride()
    .addHelpText('after', PLAN_HELP + exitCodes)
    .action(async (options: InventoryOptions) => {
      const { inventoryPlan } = await import('./inventory.ts');
      result.exitCode = await inventoryPlan(options);
    });
}
