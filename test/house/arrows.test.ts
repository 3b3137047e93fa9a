import { describe, expect, it } from 'vitest';
import { codeOf, type Source, sourcesIn } from './sources.ts';

/**
 * Who may import whom. A room may import itself and what stands behind it; `room/file.ts` opens one file of a room.
 * The map in README.md says what each room is for.
 */
const rooms: Readonly<Record<string, readonly string[]>> = {
  'src/base': [],
  'src/arithmetic': ['src/base'],
  'src/api': ['src/base', 'src/arithmetic'],
  'src/telemetry': ['src/base'],
  'src/hypervisor': ['src/base', 'src/arithmetic'],
  'src/model': ['src/base', 'src/arithmetic', 'src/api'],
  'src/apiserver': ['src/base', 'src/api/meta.ts'],
  'src/client': ['src/base', 'src/api/meta.ts', 'src/apiserver'],
  'src/informer': ['src/base', 'src/api', 'src/client', 'src/hypervisor/backend.ts'],
  'src/runtime': ['src/base', 'src/api', 'src/client', 'src/informer', 'src/telemetry', 'src/hypervisor/backend.ts'],
  'src/racking': [
    'src/base',
    'src/arithmetic',
    'src/api',
    'src/client',
    'src/informer',
    'src/runtime',
    'src/hypervisor',
  ],
  'src/agent': [
    'src/base',
    'src/arithmetic',
    'src/api',
    'src/model',
    'src/client',
    'src/informer',
    'src/runtime',
    'src/hypervisor/backend.ts',
  ],
  controllers: [
    'src/base',
    'src/arithmetic',
    'src/api',
    'src/model',
    'src/client',
    'src/informer',
    'src/runtime',
    'src/hypervisor/backend.ts',
  ],
  'src/cli': ['src/base', 'src/api', 'src/client'],
  // The programs of a world are made for it by the same functions as for the real processes.
  'src/sim': [
    'src/base',
    'src/arithmetic',
    'src/api',
    'src/model',
    'src/apiserver',
    'src/client',
    'src/informer',
    'src/runtime',
    'src/racking',
    'src/agent',
    'src/hypervisor',
    'src/cli',
    'controllers',
    'src/programs/management.ts',
    'src/programs/physical.ts',
  ],
};

/** Composition roots: they see everything, and nobody imports them but main.ts (and src/sim the two named above). */
const compositionRoots = ['src/main.ts', 'src/programs/'];

const sources = sourcesIn('src', 'controllers');
const roomOf = (file: string) => Object.keys(rooms).find((room) => file.startsWith(`${room}/`));
const isRoot = (file: string) => compositionRoots.some((place) => file.startsWith(place));

describe('import arrows', () => {
  it('finds the sources', () => {
    expect(sources.length).toBeGreaterThan(10);
  });

  it('puts every file in a room', () => {
    expect(sources.filter(({ file }) => !isRoot(file) && roomOf(file) === undefined).map(({ file }) => file)).toEqual(
      [],
    );
  });

  it('are kept by everyone', () => {
    const broken: string[] = [];
    for (const source of sources.filter(({ file }) => !isRoot(file))) {
      const room = roomOf(source.file);
      if (room === undefined) continue;
      const open = rooms[room]!;
      for (const target of source.imports.filter((target) => /^(src|controllers|test|bench)\//.test(target))) {
        const own = target.startsWith(`${room}/`);
        const allowed = own || open.some((place) => target === place || target.startsWith(`${place}/`));
        if (!allowed) broken.push(`${source.file} imports ${target}`);
      }
    }
    expect(broken).toEqual([]);
  });

  it('let no controller import another', () => {
    const broken: string[] = [];
    for (const { file, imports } of sources.filter(({ file }) => file.startsWith('controllers/'))) {
      const own = file.split('/').slice(0, 2).join('/');
      for (const target of imports) {
        if (target.startsWith('controllers/') && !target.startsWith(`${own}/`))
          broken.push(`${file} imports ${target}`);
      }
    }
    expect(broken).toEqual([]);
  });
});

/** Real time, chance and environment. Everyone else is handed a Clock, a Random or a value. */
const banned =
  /\b(setTimeout|setInterval|setImmediate|queueMicrotask|Math\.random|Date\.now|new Date\(\)|performance\.|process\.|randomUUID|randomBytes|getRandomValues|AbortSignal\.timeout|localeCompare|Intl\.|nextTick|toLocale\w+)/;
const allowedToTouchTheMachine = ['src/base/system.ts', 'src/main.ts', 'src/programs/', 'src/cli/'];

describe('time, chance and environment', () => {
  it('are touched only in the places that may', () => {
    const broken: string[] = [];
    for (const { file, text } of sources) {
      if (allowedToTouchTheMachine.some((place) => file.startsWith(place))) continue;
      codeOf(text)
        .split('\n')
        .forEach((line, index) => {
          const match = banned.exec(line);
          if (match) broken.push(`${file}:${index + 1}: ${match[0]}`);
        });
    }
    expect(broken).toEqual([]);
  });
});

const isPure = ({ file }: Source) =>
  /^controllers\/[^/]+\/(decide|input|status)\.ts$/.test(file) ||
  /^src\/(model|arithmetic)\//.test(file) ||
  file.startsWith('src/hypervisor/schedulers/');

describe('pure files', () => {
  it('have no async, clock, random, logger or client', () => {
    const broken: string[] = [];
    for (const { file, text, imports } of sources.filter(isPure)) {
      if (/\b(async|await|Promise)\b/.test(codeOf(text))) broken.push(`${file} is asynchronous`);
      for (const target of imports) {
        if (/^src\/(base\/(clock|random|logger|system)\.ts|client\/|runtime\/)/.test(target)) {
          broken.push(`${file} imports ${target}`);
        }
      }
    }
    expect(broken).toEqual([]);
  });
});
