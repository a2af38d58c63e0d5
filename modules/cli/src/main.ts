#!/usr/bin/env node
import { describeProblem, EXIT, exitCodeOf } from '@ats/runtime';
import { CommanderError } from 'commander';
import { createProgram } from './program.ts';

const result = { exitCode: 0 };
// Whoever reads our output may stop early (`| head`): that is an end, not a failure.
process.stdout.on('error', (problem: NodeJS.ErrnoException) => {
  if (problem.code !== 'EPIPE') throw problem;
  process.exit(result.exitCode);
});
const program = createProgram(result).exitOverride();
for (const command of program.commands) command.exitOverride();

try {
  await program.parseAsync();
  process.exitCode = result.exitCode;
} catch (problem) {
  if (problem instanceof CommanderError) {
    process.exitCode = problem.exitCode === 0 ? EXIT.ok : EXIT.usage;
  } else {
    process.stderr.write(`${describeProblem(problem)}\n`);
    process.exitCode = exitCodeOf(problem);
  }
}
