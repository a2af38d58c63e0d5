import { AtsError } from '@ats/domain';

/** The archive holds what no exporter would have put: nothing more is written there. */
export function contradiction(name: string, what: string): AtsError {
  return new AtsError({
    code: 'INVARIANT_VIOLATED',
    message: `${name} ${what}`,
    remedy: 'Run "ats audit verify", keep the archive as it is, and find out who wrote it.',
    context: { value: name },
  });
}
