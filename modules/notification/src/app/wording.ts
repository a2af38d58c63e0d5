import i18next from 'i18next';
import { LOCALES, type Locale } from '../domain/person.ts';
import { en } from './locales/en.ts';
import { ko } from './locales/ko.ts';

/** The text of a name such as `digest.title`, with values put in; `count` chooses the plural. */
export type Words = (name: string, values?: Readonly<Record<string, string | number>>) => string;

/** Texts in every language, by i18next. Values are not escaped: layouts do that. */
export async function openWording(): Promise<(locale: Locale) => Words> {
  const texts = i18next.createInstance();
  await texts.init({
    resources: { en: { translation: en }, ko: { translation: ko } },
    supportedLngs: [...LOCALES],
    fallbackLng: 'en',
    interpolation: { escapeValue: false, skipOnVariables: true },
  });
  return (locale) => {
    const fixed = texts.getFixedT(locale);
    return (name, values) => fixed(name, { ...values });
  };
}
