import { contractsRoot } from '@ats/contracts';
import type { Api } from './api.ts';
import { payloadOf } from './payloads.ts';

/** Deep enough for every request there is; a message that holds itself ends here. */
const DEPTH_MAX = 4;

type Root = ReturnType<typeof contractsRoot>;
type Field = ReturnType<Root['lookupType']>['fieldsArray'][number];
type Service = ReturnType<Root['lookupService']>;

/** The name of a field in a payload: no more than stands within quotes. */
const named = (field: Field): string =>
  field.fullName.replace(/^\.ats\./, '').replaceAll(/\W/g, '_');

function payloadIn(field: Field, depth: number): unknown {
  const { resolvedType: type, map, repeated } = field;
  const one = (): unknown => {
    if (type !== null && 'valuesById' in type) return Object.values(type.valuesById)[1];
    if (type !== null) return depth === 0 ? undefined : filled(type.fieldsArray, depth - 1);
    if (field.type === 'string') return payloadOf(named(field));
    return field.type === 'bool' ? false : 1;
  };
  if (map) return { [payloadOf(named(field))]: one() };
  return repeated ? [one()] : one();
}

const filled = (fields: readonly Field[], depth: number): Record<string, unknown> =>
  Object.fromEntries(fields.map((field) => [field.name, payloadIn(field, depth)]));

/**
 * Calls every method of every contract with a payload in every field that takes text, those that
 * browsers may not call as well. What comes of it is the pages' to show.
 * @returns the methods whose answer is more than JSON that browsers take for nothing else
 */
export async function typeEveryField(api: Api): Promise<readonly string[]> {
  const odd: string[] = [];
  for (const service of servicesOf()) {
    for (const method of service.methodsArray) {
      method.resolve();
      const { resolvedRequestType: request } = method;
      if (request === null || method.requestStream === true) continue;
      const path = `/api/rpc${service.fullName.replace('.', '/')}/${method.name}`;
      const { headers } = await api.raw(path, filled(request.fieldsArray, DEPTH_MAX));
      const json = headers['content-type']?.startsWith('application/json') === true;
      if (!json || headers['x-content-type-options'] !== 'nosniff') odd.push(path);
    }
  }
  return odd;
}

function servicesOf(): readonly Service[] {
  const found: Service[] = [];
  const walk = (of: { readonly nestedArray: readonly object[] }): void => {
    for (const one of of.nestedArray) {
      if ('methodsArray' in one) found.push(one as Service);
      else if ('nestedArray' in one) walk(one as typeof of);
    }
  };
  walk(contractsRoot().lookup('ats') as never);
  return found;
}
