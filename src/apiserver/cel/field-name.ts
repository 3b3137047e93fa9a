/** Words that cannot be identifiers; the first four not even as fields. */
const RESERVED: ReadonlySet<string> = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

const ESCAPES: Readonly<Record<string, string>> = {
  __: '__underscores__',
  '.': '__dot__',
  '-': '__dash__',
  '/': '__slash__',
};
const UNESCAPES: Readonly<Record<string, string>> = { underscores: '__', dot: '.', dash: '-', slash: '/' };

export function isReserved(name: string): boolean {
  return RESERVED.has(name);
}

/** A property's name as expressions write it, or undefined for those that they cannot (k8s.io/apiserver, pkg/cel/escaping.go). */
export function escapeField(name: string): string | undefined {
  if (/^[0-9]/.test(name) || !/^[a-zA-Z0-9_./-]+$/.test(name)) return undefined;
  if (RESERVED.has(name)) return `__${name}__`;
  return name.replace(/__|[./-]/g, (part) => ESCAPES[part]!);
}

/** The property that an expression means; undefined where an escape is none. */
export function unescapeField(escaped: string): string | undefined {
  let isValid = true;
  const name = escaped.replace(/__([^_]+)__/g, (whole, inner: string) => {
    const character = Object.hasOwn(UNESCAPES, inner) ? UNESCAPES[inner] : undefined;
    if (character !== undefined) return character;
    if (!RESERVED.has(inner) || whole.length !== escaped.length) isValid = false;
    return inner;
  });
  return isValid ? name : undefined;
}
