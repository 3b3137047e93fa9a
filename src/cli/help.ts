import { commonFlags } from './arguments.ts';
import type { Command, CommandEntry } from './command.ts';
import type { Flag, Flags } from './flags.ts';

const WIDEST = 100;
const INDENT = '  ';

/** `orrery --help`. */
export function helpOnAll(entries: readonly CommandEntry[], version: string, columns: number): string {
  const rows = entries.map(({ name, summary }): Row => [name, summary]);
  return [
    `Orrery ${version}: a virtual datacenter that you can kubectl apply.`,
    '',
    section('USAGE', [`${INDENT}orrery COMMAND [flags]`]),
    section('COMMANDS', table(rows, columns)),
    section('START HERE', [
      `${INDENT}orrery up                     a datacenter of your own; it prints what to type next`,
      `${INDENT}orrery COMMAND --help         explains one command, with examples`,
    ]),
  ].join('\n');
}

/** `orrery COMMAND --help`. */
export function helpOn(command: Command, columns: number): string {
  const width = Math.min(columns, WIDEST);
  const visible = Object.entries(command.flags).filter(([, flag]) => !flag.hidden);
  const usage = ['orrery', command.name, command.names?.usage, '[flags]'].filter(Boolean).join(' ');
  const parts = [
    `${command.summary[0]!.toUpperCase()}${command.summary.slice(1)}.`,
    '',
    section('USAGE', [`${INDENT}${usage}`]),
    ...command.description.map((paragraph) => `${wrap(paragraph, width).join('\n')}\n`),
  ];
  if (visible.length > 0) parts.push(section('FLAGS', table(flagRows(visible), columns)));
  parts.push(section('FLAGS OF EVERY COMMAND', table(flagRows(Object.entries<Flags[string]>(commonFlags)), columns)));
  parts.push(
    section(
      'EXAMPLES',
      command.examples.flatMap(({ does, type }) => [`${INDENT}# ${does}`, ...indented(type), '']).slice(0, -1),
    ),
  );
  return parts.join('\n');
}

type Row = readonly [term: string, about: string];

function flagRows(flags: readonly (readonly [string, Flag<unknown>])[]): Row[] {
  return flags.map(([name, flag]) => {
    const short = flag.short === undefined ? '' : `-${flag.short}, `;
    const value = flag.takesValue ? ` ${flag.placeholder}` : '';
    const otherwise = flag.otherwise === undefined ? '' : ` Default: ${flag.otherwise}.`;
    return [`${short}--${name}${value}`, `${flag.about}${otherwise}`];
  });
}

function section(title: string, lines: readonly string[]): string {
  return `${title}\n${lines.join('\n')}\n`;
}

function indented(text: string): string[] {
  return text.split('\n').map((line) => INDENT + line);
}

/** Two columns; a term too long for its column stands on a line of its own. */
function table(rows: readonly Row[], columns: number): string[] {
  const width = Math.min(columns, WIDEST);
  const left = Math.min(28, Math.max(...rows.map(([term]) => term.length))) + 2;
  return rows.flatMap(([term, about]) => {
    const lines = wrap(about, Math.max(30, width - left - INDENT.length));
    const rest = lines.map((line) => INDENT + ' '.repeat(left) + line);
    if (term.length + 2 > left) return [INDENT + term, ...rest];
    return [INDENT + term.padEnd(left) + lines[0]!, ...rest.slice(1)];
  });
}

/** The text in lines of at most `width` characters, broken at spaces. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
