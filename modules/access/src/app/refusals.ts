import { AtsError } from '@ats/domain';

/** One answer to everything that is wrong with a login: it says nothing of what there is. */
export const loginRefused = (): AtsError =>
  new AtsError({
    code: 'ACCESS_LOGIN_REFUSED',
    message: 'name, password or code is wrong, or has expired',
    remedy: 'Try again from the start; an administrator can make a new one-time link.',
    context: { field: 'login', value: '***' },
  });

export const tooManyTries = (waitMs: number): AtsError =>
  new AtsError({
    code: 'ACCESS_TOO_MANY_TRIES',
    message: `too many wrong tries from here: wait ${Math.ceil(waitMs / 1000)} s`,
    remedy: 'Wait, then try again.',
    context: { field: 'login', value: '***', waitMs },
  });

export const linkInvalid = (): AtsError =>
  new AtsError({
    code: 'ACCESS_LINK_INVALID',
    message: 'the one-time link was used, has expired, or is for another name',
    remedy: 'Restart ATS for a new set-up link, or ask an administrator for a new one.',
    context: { field: 'token', value: '***' },
  });

export const unknown = (field: string, value: string): AtsError =>
  new AtsError({
    code: 'ACCESS_UNKNOWN',
    message: `there is no ${field} "${value.slice(0, 64)}"`,
    remedy: 'List what there is, and name one of those.',
    context: { field, value: value.slice(0, 64) },
  });

export const invalid = (about: {
  readonly field: string;
  readonly value: string;
  readonly message: string;
  readonly remedy: string;
}): AtsError => {
  const { field, value, message, remedy } = about;
  return new AtsError({ code: 'ACCESS_INVALID', message, remedy, context: { field, value } });
};
