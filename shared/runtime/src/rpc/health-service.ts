import {
  type Server,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { methodsOf } from './definitions.ts';

type Answer = { readonly status: 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN' };
type Question = { readonly service: string };
type Watch = ServerWritableStream<Question, Answer>;

/** Most watchers at once on one server. */
const WATCHERS_MAX = 256;

/**
 * `grpc.health.v1` for one server. The empty name stands for the server as a whole.
 * Source: https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
export class HealthService {
  private readonly serving = new Map<string, boolean>();
  private readonly watches = new Set<Watch>();

  addTo(server: Server): void {
    server.addService(methodsOf('grpc.health.v1.Health') as ServiceDefinition, {
      Check: (call: ServerUnaryCall<Question, Answer>, callback: sendUnaryData<Answer>) => {
        const answer = this.answer(call.request.service);
        if (answer.status !== 'SERVICE_UNKNOWN') callback(null, answer);
        else callback({ code: status.NOT_FOUND, details: `unknown ${call.request.service}` });
      },
      Watch: (call: Watch) => this.watch(call),
    });
  }

  set(service: string, serving: boolean): void {
    this.serving.set(service, serving);
    this.tell(service);
    this.tell('');
  }

  forget(service: string): void {
    this.serving.delete(service);
    this.tell(service);
    this.tell('');
  }

  /** Ends every watch, so that the server can stop. */
  close(): void {
    for (const call of this.watches) call.end();
    this.watches.clear();
  }

  private answer(service: string): Answer {
    if (service === '') {
      const all = [...this.serving.values()];
      return { status: all.length > 0 && all.every(Boolean) ? 'SERVING' : 'NOT_SERVING' };
    }
    const serving = this.serving.get(service);
    if (serving === undefined) return { status: 'SERVICE_UNKNOWN' };
    return { status: serving ? 'SERVING' : 'NOT_SERVING' };
  }

  private watch(call: Watch): void {
    if (this.watches.size >= WATCHERS_MAX) {
      call.emit('error', { code: status.RESOURCE_EXHAUSTED, details: 'too many watchers' });
      return;
    }
    this.watches.add(call);
    const gone = (): void => void this.watches.delete(call);
    call.on('cancelled', gone);
    call.on('error', gone);
    call.write(this.answer(call.request.service));
  }

  private tell(service: string): void {
    for (const call of this.watches) {
      if (call.request.service === service) call.write(this.answer(service));
    }
  }
}
