import base from '../jest.config.js';

/** The whole product from outside: real processes, the command line as people type it. */
export default {
  ...base,
  rootDir: '.',
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 120_000,
  maxWorkers: 1,
  // Of pages of the docs two readers go on at once.
  maxConcurrency: 2,
};
