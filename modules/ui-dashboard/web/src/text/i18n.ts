import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';

/** English sentences are the keys; other languages come as a table, when they are asked for. */
export async function startLanguage(language: 'en' | 'ko'): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false },
    resources: { en: { translation: {} } },
  });
  await changeLanguage(language);
}

export async function changeLanguage(language: 'en' | 'ko'): Promise<void> {
  if (language === 'ko' && !i18next.hasResourceBundle('ko', 'translation')) {
    const { default: table } = await import('../locales/ko.json');
    i18next.addResourceBundle('ko', 'translation', table);
  }
  await i18next.changeLanguage(language);
}
