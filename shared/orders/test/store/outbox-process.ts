/** Commits and publishes for ever; prints each event id once its transaction is committed. */
import { OutboxStage } from './outbox-stage.ts';

const stage = await OutboxStage.open(process.argv[2] ?? '');
for (let version = 1; ; version += 1) {
  await Promise.all(
    ['a', 'b', 'c', 'd'].map(async (name) => {
      const entry = await stage.commit(name, version);
      process.stdout.write(`${name}:${version}\n`);
      void stage.outbox.publish(entry);
    }),
  );
}
