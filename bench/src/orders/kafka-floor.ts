import { Admin, Producer, stringSerializers } from '@platformatic/kafka';

const VALUE = 'x'.repeat(400);
const WRITERS = 64;
const TOPIC = 'bench-floor';

/** Raw produce with acks=all, 64 callers waiting each for its own. @returns records a second */
export async function kafkaProduceRate(options: {
  readonly address: string;
  readonly records: number;
}): Promise<number> {
  const place = { clientId: TOPIC, bootstrapBrokers: [options.address] };
  const admin = new Admin(place);
  await admin.createTopics({ topics: [TOPIC], partitions: 8, replicas: 1 });
  await admin.close();
  const producer = new Producer({ ...place, serializers: stringSerializers, acks: -1 });
  let sent = 0;
  const send = () => {
    sent += 1;
    return producer.send({ messages: [{ topic: TOPIC, key: String(sent), value: VALUE }] });
  };
  const writer = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index += 1) await send();
  };
  const all = (each: number) => Promise.all(Array.from({ length: WRITERS }, () => writer(each)));
  try {
    await send();
    await all(10);
    const each = Math.ceil(options.records / WRITERS);
    const began = performance.now();
    await all(each);
    return (each * WRITERS) / ((performance.now() - began) / 1000);
  } finally {
    await producer.close();
  }
}
