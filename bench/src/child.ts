import { type ChildProcess, fork } from 'node:child_process';

/** A process of the bench that answers with messages. */
export interface Child<Message> {
  /** The next message, in order. Rejects when the process ends first. */
  next(): Promise<Message>;
  send(message: object): void;
  stop(): Promise<void>;
}

const MESSAGES_MAX = 1000;

/** Starts a module of the bench as a process of its own; `job` is its first message. */
export function startChild<Message>(module: URL, job: object): Child<Message> {
  const child: ChildProcess = fork(module, {
    execArgv: ['--expose-gc', '--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const arrived: Message[] = [];
  const waiting: ((message: Message) => void)[] = [];
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  child.on('message', (message) => {
    const first = waiting.shift();
    if (first !== undefined) first(message as Message);
    else if (arrived.push(message as Message) > MESSAGES_MAX) child.kill();
  });
  child.send(job);
  return {
    next() {
      const first = arrived.shift();
      if (first !== undefined) return Promise.resolve(first);
      const failed = ended.then(() => {
        throw new Error(`${module.pathname} ended before it answered`);
      });
      return Promise.race([new Promise<Message>((resolve) => waiting.push(resolve)), failed]);
    },
    send: (message) => child.send(message),
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** In a child: resolves with the job that its parent sent. */
export function receiveJob<Job>(): Promise<Job> {
  return new Promise((resolve) => {
    process.once('message', (job) => resolve(job as Job));
  });
}

export function answer(message: object): void {
  process.send?.(message);
}
