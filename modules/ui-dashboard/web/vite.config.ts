import { defineConfig } from 'vite';

/** Where a dashboard server answers while the web app is worked on. */
const server = process.env['ATS_DASHBOARD_URL'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  build: {
    target: 'es2022',
    // The policy of the server allows no styles or scripts in data: addresses; small files stay.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      onLog(level, log, handler) {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handler(level, log);
      },
    },
  },
  // The server takes requests whose Origin is the Host that they came to: both stay the browser's.
  server: { proxy: { '/api': { target: server, ws: true, changeOrigin: false } } },
});
