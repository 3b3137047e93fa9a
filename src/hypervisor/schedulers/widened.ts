type Column = Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array | Int8Array;

/** The column in a longer array; what is new holds `fill`. */
export function widened<C extends Column>(old: C, size: number, fill = 0): C {
  const wide = new (old.constructor as new (size: number) => C)(size);
  wide.set(old);
  if (fill !== 0) wide.fill(fill, old.length);
  return wide;
}
