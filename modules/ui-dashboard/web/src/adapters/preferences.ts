/** What this browser remembers of how its person likes to see things. */
export interface Preferences {
  readonly theme: 'dark' | 'light';
  readonly density: 'compact' | 'comfortable';
  readonly language: 'en' | 'ko';
}

const KEY = 'ats.preferences';

function fallback(): Preferences {
  const language = navigator.language.startsWith('ko') ? 'ko' : 'en';
  return { theme: 'dark', density: 'compact', language };
}

export function readPreferences(): Preferences {
  try {
    return { ...fallback(), ...JSON.parse(localStorage.getItem(KEY) ?? '{}') };
  } catch {
    return fallback();
  }
}

/** Shows them at once, and remembers them where the browser lets us. */
export function applyPreferences(preferences: Preferences): void {
  const { dataset } = document.documentElement;
  dataset['theme'] = preferences.theme;
  dataset['density'] = preferences.density;
  document.documentElement.lang = preferences.language;
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // A browser that keeps nothing shows the same, for this page.
  }
}
