import '@fontsource-variable/inter/wght.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/frame.css';
import './styles/ui.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { applyPreferences, readPreferences } from './adapters/preferences.ts';
import { App } from './app.tsx';
import { startLanguage } from './text/i18n.ts';

const preferences = readPreferences();
applyPreferences(preferences);
await startLanguage(preferences.language);

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root.');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
