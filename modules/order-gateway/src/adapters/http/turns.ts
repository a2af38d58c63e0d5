import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/**
 * Carries out requests of one connection in the order in which they came: a client may send a
 * cancel before it has the answer to the order. Node.js begins with all at once and keeps only
 * their answers in order. Source: RFC 9112, 9.3.2.
 */
export function takeTurns(app: FastifyInstance): void {
  /** When the newest request of a connection is done. */
  const turns = new WeakMap<Socket, Promise<void>>();
  const ends = new WeakMap<FastifyRequest, () => void>();
  app.addHook('onRequest', (request, _reply, done) => {
    const { socket } = request.raw;
    const before = turns.get(socket);
    const { promise, resolve } = Promise.withResolvers<void>();
    turns.set(socket, promise);
    ends.set(request, resolve);
    if (before === undefined) done();
    else void before.then(() => done());
  });
  // Not when the answer has gone out: a client may have left, and what it asked is still at work.
  app.addHook('onSend', (request, _reply, payload, done) => {
    ends.get(request)?.();
    done(null, payload);
  });
}
