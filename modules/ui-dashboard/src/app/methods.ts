import { type JsonMethod, jsonMethod } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import { type Exposure, exposureOf } from './exposure.ts';

/** A method that a browser has named, and may. */
export interface ExposedMethod extends JsonMethod {
  readonly service: string;
  readonly method: string;
  /** `service/method`. */
  readonly path: string;
}

const known = new Map<string, ExposedMethod>();

/** Denied by default. @throws ROUTE_UNKNOWN for what is not exposed as that */
export function exposedMethod(path: string, as: Exclude<Exposure, 'withheld'>): ExposedMethod {
  const slash = path.indexOf('/');
  const service = path.slice(0, slash);
  const method = path.slice(slash + 1);
  if (exposureOf(service, method) !== as) throw routeUnknown(path);
  let found = known.get(path);
  if (found === undefined) {
    found = { ...jsonMethod(service, method), service, method, path };
    known.set(path, found);
  }
  return found;
}

function routeUnknown(path: string): AtsError {
  const value = path.slice(0, 120);
  return new AtsError({
    code: 'ROUTE_UNKNOWN',
    message: `${value} is not served here`,
    remedy: 'Use a method that modules/ui-dashboard/src/app/exposure.ts lists.',
    context: { field: 'method', value },
  });
}
