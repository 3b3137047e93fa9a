import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import fs from 'node:fs';

export interface Spawned {
  readonly process: ChildProcess;
  readonly pid: number;
  /** Everything written so far. */
  readonly out: () => string;
  readonly err: () => string;
  /** Resolves when what was written to either stream contains the text or matches; rejects when the process is gone. */
  seen(text: string | RegExp): Promise<RegExpMatchArray>;
  /** Resolves with the exit code or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

const alive = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** Starts a process and keeps what it writes. Whatever is left when the tests end is killed. */
export function spawned(file: string, args: readonly string[], options: SpawnOptions = {}): Spawned {
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options });
  alive.add(child);
  const written = { out: '', err: '' };
  const watchers = new Set<() => void>();
  const keep = (name: 'out' | 'err') => (text: string) => {
    written[name] += text;
    for (const watcher of watchers) watcher();
  };
  child.stdout?.setEncoding('utf8').on('data', keep('out'));
  child.stderr?.setEncoding('utf8').on('data', keep('err'));
  const ended = new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => {
      alive.delete(child);
      resolve(signal ?? code ?? -1);
    });
  });
  return {
    process: child,
    pid: child.pid!,
    out: () => written.out,
    err: () => written.err,
    ended,
    seen: (text) =>
      new Promise((resolve, reject) => {
        const pattern = typeof text === 'string' ? new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')) : text;
        const look = () => {
          const match = pattern.exec(written.out) ?? pattern.exec(written.err);
          if (match === null) return;
          watchers.delete(look);
          resolve(match);
        };
        watchers.add(look);
        void ended.then((how) => reject(new Error(`ended (${how}) before ${text}:\n${written.out}${written.err}`)));
        look();
      }),
  };
}

/** Resolves when the condition holds; looks every 20 ms. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Whether there is a process with this id that has not ended. A zombie has, whoever forgot to bury it. */
export function isAlive(pid: number): boolean {
  const fields = statOf(pid);
  return fields !== undefined && fields[0] !== 'Z';
}

/** The processes that this one started, from /proc. */
export function childrenOf(pid: number): number[] {
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((candidate) => Number(statOf(candidate)?.[1]) === pid);
}

/** State, parent and the rest of /proc/PID/stat, or undefined when there is no such process. */
function statOf(pid: number): string[] | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
