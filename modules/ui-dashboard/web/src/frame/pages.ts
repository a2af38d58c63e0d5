/** A page in the navigation, the palette and the key list. */
export interface PageEntry {
  readonly path: string;
  readonly title: string;
  /** Pressed after `g`. */
  readonly key: string;
  readonly icon: string;
  /** Without it the page is not offered. */
  readonly permission: string;
}

/**
 * Icons are paths on a grid of 16, drawn as lines. A phone shows the first six without scrolling:
 * whoever is woken at night finds alerts among them.
 */
export const PAGES: readonly PageEntry[] = [
  {
    path: '/',
    title: 'Overview',
    key: 'o',
    icon: 'M2 9h5V2H2zM9 14h5V7H9zM2 14h5v-3H2zM9 5h5V2H9z',
    permission: 'system.read',
  },
  {
    path: '/markets',
    title: 'Markets',
    key: 'm',
    icon: 'M3 4v8M3 6h2v4H3zM8 2v11M7 5h2v5H7zM13 4v8M12 7h2v3h-2z',
    permission: 'market.read',
  },
  {
    path: '/opportunities',
    title: 'Opportunities',
    key: 'p',
    icon: 'M2 3h12l-5 6v5l-2-1V9z',
    permission: 'system.read',
  },
  {
    path: '/trades',
    title: 'Trades',
    key: 't',
    icon: 'M2 5h11l-3-3M14 11H3l3 3',
    permission: 'system.read',
  },
  {
    path: '/alerts',
    title: 'Alerts',
    key: 'a',
    icon: 'M4 11V7a4 4 0 0 1 8 0v4l1 1H3zM7 14h2',
    permission: 'system.read',
  },
  {
    path: '/console',
    title: 'Console',
    key: 'c',
    icon: 'M2 3h12v10H2zM5 6l2 2-2 2M8 10h3',
    permission: 'orders.read',
  },
  {
    path: '/risk',
    title: 'Risk',
    key: 'r',
    icon: 'M8 2l5 2v4c0 3-2 5-5 6-3-1-5-3-5-6V4z',
    permission: 'system.read',
  },
  {
    path: '/backtests',
    title: 'Backtests',
    key: 'b',
    icon: 'M2 13l4-5 3 3 5-8M2 3v10h12',
    permission: 'system.read',
  },
  {
    path: '/inventory',
    title: 'Inventory',
    key: 'i',
    icon: 'M2 5l6-3 6 3v6l-6 3-6-3zM2 5l6 3 6-3M8 8v6',
    permission: 'system.read',
  },
  {
    path: '/reports',
    title: 'Reports',
    key: 'e',
    icon: 'M4 2h6l3 3v9H4zM6 8h5M6 11h5',
    permission: 'system.read',
  },
  {
    path: '/system',
    title: 'System',
    key: 's',
    icon: 'M2 3h12v4H2zM2 9h12v4H2zM4 5h1M4 11h1',
    permission: 'system.read',
  },
  {
    path: '/admin',
    title: 'Administration',
    key: 'd',
    icon: 'M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM3 14c0-3 2-4 5-4s5 1 5 4',
    permission: 'access.own',
  },
];
