/**
 * Flags as values: what a command takes is a record of these, and the type of what it is handed follows from it.
 * `read` turns the texts of every occurrence into the value, and throws `FlagError` saying what is wrong with them.
 */
export interface Flag<T> {
  /** A switch takes no value. */
  readonly takesValue: boolean;
  /** What stands for the value in the help: `DIR`, `N`. */
  readonly placeholder: string;
  readonly about: string;
  readonly short?: string;
  /** Flags between our own programs are not shown. */
  readonly hidden?: boolean;
  /** What the help says applies when it is left out. */
  readonly otherwise?: string;
  readonly read: (given: readonly string[]) => T;
}

// biome-ignore lint/suspicious/noExplicitAny: a flag's type is only known where it is declared
export type Flags = Readonly<Record<string, Flag<any>>>;
export type FlagValues<F extends Flags> = { readonly [K in keyof F]: F[K] extends Flag<infer T> ? T : never };

/** What is wrong with a flag's value, to stand behind its name: `70000 is not a port (0 to 65535)`. */
export class FlagError extends Error {
  override name = 'FlagError';
}

interface Texts {
  readonly about: string;
  readonly placeholder?: string;
  readonly short?: string;
  readonly hidden?: boolean;
  readonly otherwise?: string;
}

/** A flag with one value; the last occurrence counts. */
export function value<T>(texts: Texts, read: (text: string) => T): Flag<T | undefined> {
  return {
    takesValue: true,
    placeholder: 'VALUE',
    ...texts,
    read: (given) => (given.length === 0 ? undefined : read(given[given.length - 1]!)),
  };
}

/** The same flag with a value for when it is left out. */
export function withDefault<T>(flag: Flag<T | undefined>, otherwise: T): Flag<T> {
  return { otherwise: String(otherwise), ...flag, read: (given) => flag.read(given) ?? otherwise };
}

export function text(texts: Texts): Flag<string | undefined> {
  return value(texts, (given) => {
    if (given === '') throw new FlagError('the value is empty');
    return given;
  });
}

/** A whole number from `least` to `most`. */
export function whole(
  texts: Texts & { readonly least: number; readonly most: number; readonly noun?: string },
): Flag<number | undefined> {
  const { least, most, noun = 'whole number', ...rest } = texts;
  return value({ placeholder: 'N', ...rest }, (given) => {
    const number = /^[+-]?\d+$/.test(given) ? Number(given) : Number.NaN;
    if (!(number >= least && number <= most)) {
      throw new FlagError(`${JSON.stringify(given)} is not a ${noun} (${least} to ${most})`);
    }
    return number;
  });
}

/** A number above zero, up to `most`. */
export function positive(texts: Texts & { readonly most: number }): Flag<number | undefined> {
  const { most, ...rest } = texts;
  return value({ placeholder: 'N', ...rest }, (given) => {
    const number = /^\d*\.?\d+(e[+-]?\d+)?$/i.test(given) ? Number(given) : Number.NaN;
    if (!(number > 0 && number <= most)) {
      throw new FlagError(`${JSON.stringify(given)} is not a number above 0 and at most ${most}`);
    }
    return number;
  });
}

/** One of a few words. */
export function choice<const T extends string>(words: readonly T[], texts: Texts): Flag<T | undefined> {
  return value({ placeholder: words.join('|'), ...texts }, (given) => {
    const found = words.find((word) => word === given);
    if (found === undefined) throw new FlagError(`${JSON.stringify(given)} is none of ${words.join(', ')}`);
    return found;
  });
}

/** Present or not; `--name=false` says no. */
export function toggle(texts: Texts): Flag<boolean> {
  return {
    takesValue: false,
    placeholder: '',
    ...texts,
    read: (given) => {
      const last = given[given.length - 1];
      if (last === undefined || last === 'false') return false;
      if (last === 'true') return true;
      throw new FlagError(`it takes no value, or true or false; not ${JSON.stringify(last)}`);
    },
  };
}

/** A flag that may be repeated, each time with one value. */
export function repeated(texts: Texts): Flag<readonly string[]> {
  return {
    takesValue: true,
    placeholder: 'VALUE',
    ...texts,
    read: (given) => {
      if (given.includes('')) throw new FlagError('the value is empty');
      return given;
    },
  };
}

/** Words with commas between them, or the flag repeated. Undefined when it is left out. */
export function list(texts: Texts): Flag<readonly string[] | undefined> {
  return {
    takesValue: true,
    placeholder: 'A,B',
    ...texts,
    read: (given) => {
      if (given.length === 0) return undefined;
      const words = given.flatMap((text) => text.split(',').map((word) => word.trim()));
      if (words.includes('')) throw new FlagError('a name is missing between the commas');
      return [...new Set(words)];
    },
  };
}

const unitSeconds: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };

/** No clock of ours counts further than this from where it began, in seconds: ten years. */
const longest = 3653 * 86_400;

/** A span of time as `90s`, `1h30m`, `2d`; the value is in seconds. */
export function duration(texts: Texts): Flag<number | undefined> {
  return value({ placeholder: 'TIME', ...texts }, (given) => {
    const parts = [...given.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)];
    const seconds = parts.reduce((sum, part) => sum + Number(part[1]) * unitSeconds[part[2]!]!, 0);
    const isZero = Number(given) === 0 && given.trim() !== '';
    if (!isZero && (given === '' || parts.map((part) => part[0]).join('') !== given)) {
      throw new FlagError(`${JSON.stringify(given)} is not a span of time such as 90s, 1h30m or 2d`);
    }
    if (!(seconds > 0)) throw new FlagError(`${given} is no time at all; give a span such as 90s, 1h30m or 2d`);
    if (seconds > longest)
      throw new FlagError(`${given} is longer than ${longest / unitSeconds['d']!}d, the most there is`);
    return seconds;
  });
}

/** Of everything that works with a cluster. */
export const kubeconfigFlag = text({
  placeholder: 'FILE',
  about: 'Which cluster, and as whom.',
  otherwise: '$KUBECONFIG, else ~/.kube/config',
});
