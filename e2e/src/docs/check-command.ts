import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createProgram } from '@ats/cli';
import { ROOT } from './shell-commands.ts';

type Command = ReturnType<typeof createProgram>;

/** Programs that pages may call; of any other nothing is known, and the test fails. */
const PROGRAMS = new Set(
  (
    'ats npm node docker helm kubectl terraform prometheus vite curl cat cd cp mkdir rm ls echo ' +
    'export sh sed sleep printf git'
  ).split(' '),
);

/** Where a word of a command is a path of this project. */
const OWN_PATH = /^(?:\.\/)?((?:modules|shared|infra|config|examples|scripts)\/[\w./-]+)$/;

/** What is wrong with a command, as far as can be said without running it. */
export function problemsOf(text: string): readonly string[] {
  return simpleCommands(text).flatMap((words) => [
    ...problemsOfProgram(words),
    ...words.flatMap((word) => {
      const [, path] = OWN_PATH.exec(word) ?? [];
      return path === undefined || existsSync(join(ROOT, path)) ? [] : [`${path} is not there`];
    }),
  ]);
}

/** The words of each simple command: lists, pipes and substitutions are taken apart. */
export function simpleCommands(text: string): readonly (readonly string[])[] {
  const bare = text
    .replaceAll(/<<'?(\w+)'?[^\n]*\n[\s\S]*?\n\1(?=\n|$)/g, '')
    .replaceAll(/\\\n/g, ' ')
    .replaceAll(/(^|\s)#[^\n]*/g, '$1');
  const tokens =
    bare.match(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|\$\((?:[^()']|'[^']*')*\)|[^\s"';|&])+|[;|&\n]+/g) ??
    [];
  const commands: string[][] = [[]];
  for (const token of tokens) {
    if (/^[;|&\n]+$/.test(token)) commands.push([]);
    else commands.at(-1)?.push(token.replaceAll(/^(["'])([\s\S]*)\1$/g, '$2'));
  }
  return commands.map(withoutAssignments).filter((words) => words.length > 0);
}

/** `NAME=value command` is `command`; what is redirected is no word of it. */
function withoutAssignments(words: readonly string[]): string[] {
  const first = words.findIndex((word) => !/^\w+=/.test(word));
  const own = first === -1 ? [] : words.slice(first);
  return own.filter((word, at) => !/^\d?[<>]/.test(word) && !/^\d?>+$/.test(own[at - 1] ?? ''));
}

function problemsOfProgram(words: readonly string[]): readonly string[] {
  const [program = '', ...rest] = words;
  if (!PROGRAMS.has(program)) return [`of the program ${program} nothing is known here`];
  if (program === 'ats') return problemsOfAts(rest);
  if (program === 'npm') return problemsOfNpm(rest);
  if (program === 'docker') return problemsOfCompose(rest);
  return [];
}

/** Holds words against the commands and flags that the command line really has. */
export function problemsOfAts(words: readonly string[]): readonly string[] {
  let command: Command = createProgram({ exitCode: 0 });
  const problems: string[] = [];
  let path = 'ats';
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] as string;
    if (word === '--help' || word === 'help') continue;
    if (/^--?[a-z]/.test(word)) {
      const [name = '', value] = word.split('=', 2);
      const option = command.options.find(({ long, short }) => long === name || short === name);
      if (option === undefined) problems.push(`${path} has no flag ${name}`);
      else if (option.required && value === undefined) at += 1;
      continue;
    }
    const sub = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
    if (sub !== undefined) {
      command = sub;
      path += ` ${word}`;
    } else if (command.commands.length > 0 && command.registeredArguments.length === 0) {
      return [`${path} has no command ${word}`];
    } else if (command.registeredArguments.length === 0) {
      problems.push(`${path} takes no argument ${word}`);
    }
  }
  return problems;
}

function problemsOfNpm([first = '', ...rest]: readonly string[]): readonly string[] {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  if (['ci', 'install', 'view', 'audit'].includes(first)) return [];
  const name = first === 'run' ? rest.find((word) => !word.startsWith('-')) : first;
  return name !== undefined && Object.hasOwn(scripts, name) ? [] : [`npm has no script ${name}`];
}

/** Profiles and services must be those of docker-compose.yml. */
function problemsOfCompose(words: readonly string[]): readonly string[] {
  const file = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
  const after = (word: string) =>
    words.includes(word) ? words[words.indexOf(word) + 1] : undefined;
  const [profile, service] = [after('--profile'), after('exec')];
  return [
    ...(words[0] === 'compose' ? [] : ['only docker compose is known here']),
    ...(profile === undefined || new RegExp(`profiles:.*\\b${profile}\\b`).test(file)
      ? []
      : [`docker-compose.yml has no profile ${profile}`]),
    ...(service === undefined || new RegExp(`^  ${service}:`, 'm').test(file)
      ? []
      : [`docker-compose.yml has no service ${service}`]),
  ];
}
