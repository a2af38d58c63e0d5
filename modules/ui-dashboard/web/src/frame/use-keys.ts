import { useEffect } from 'react';
import { useNavigate } from 'react-router';
import { nowMs } from '../adapters/clock.ts';
import { PAGES } from './pages.ts';

/** What keys can ask of the frame. */
export interface KeyCommands {
  palette(): void;
  keys(): void;
  halt(): void;
}

const SECOND_KEY_MS = 1200;

const writesText = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** The keys of every page: the palette, the key list, the halt, and `g` with a page's letter. */
export function useKeys(commands: KeyCommands): void {
  const navigate = useNavigate();
  useEffect(() => {
    let goAtMs = 0;
    const press = (event: KeyboardEvent): void => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        commands.palette();
        return;
      }
      if (writesText(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === '?') commands.keys();
      else if (event.key === 'H') commands.halt();
      else if (event.key === 'g') goAtMs = nowMs();
      else if (nowMs() - goAtMs < SECOND_KEY_MS) {
        goAtMs = 0;
        const page = PAGES.find((one) => one.key === event.key);
        if (page !== undefined) void navigate(page.path);
      }
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [commands, navigate]);
}
