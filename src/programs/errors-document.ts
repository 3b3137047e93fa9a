import { errorTable } from '../base/errors.ts';

/** docs/errors.md: everything that can go wrong in a way a person can mend, from the table that the programs print from. */
export function errorsDocument(): string {
  const named = (text: string) => text.replace(/\{(\w+)\}/g, '*$1*').replaceAll('|', '\\|');
  const rows = Object.entries(errorTable).map(
    ([code, { message, fix, exitCode = 1 }]) => `| \`${code}\` | ${named(message)} | ${named(fix)} | ${exitCode} |`,
  );
  return [
    '<!-- Made by npm run generate from src/base/errors.ts; do not edit. -->',
    '# Errors',
    '',
    'What can go wrong in a way that you can mend is one line: `orrery: what happened (what to do)`. Anything else is a',
    'defect of Orrery: it prints where it happened and how to report it, and exits with 70.',
    '',
    '| code | what happened | what to do | exit code |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
