export { DISTRIBUTED, LEFT_OUT } from './distributed-files.ts';
export { problemsOf, problemsOfAts, simpleCommands } from './docs/check-command.ts';
export { leftOutBecause } from './docs/left-out.ts';
export { brokenLinksOf } from './docs/links.ts';
export { commandsOf, fencesOf, isDecision, PAGES, readPage } from './docs/shell-commands.ts';
