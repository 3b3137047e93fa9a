import { parseQuantity } from '../../base/quantity.ts';

const NANO = 1_000_000_000n;
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];

/**
 * The canonical spelling of a quantity in the family it was written in: `1.5Gi` is `1536Mi`, `1000m` is `1`. Undefined
 * when the text is no quantity. apimachinery, pkg/api/resource.
 */
export function canonicalQuantity(text: string): string | undefined {
  const nanos = parseQuantity(text);
  if (nanos === undefined) return undefined;
  if (nanos === 0n) return '0';
  const sign = nanos < 0n ? '-' : '';
  const magnitude = nanos < 0n ? -nanos : nanos;
  if (/i$/.test(text) && magnitude % NANO === 0n && magnitude >= 1024n * NANO) {
    let value = magnitude / NANO;
    let unit = 0;
    while (unit < BINARY.length - 1 && value % 1024n === 0n) {
      value /= 1024n;
      unit++;
    }
    return `${sign}${value}${BINARY[unit]}`;
  }
  let value = magnitude;
  let power = 0;
  while (power < DECIMAL.length - 1 && value % 1000n === 0n) {
    value /= 1000n;
    power++;
  }
  if (!/[eE]\d|[eE][+-]\d/.test(text)) return `${sign}${value}${DECIMAL[power]}`;
  const exponent = (power - 3) * 3;
  return exponent === 0 ? `${sign}${value}` : `${sign}${value}e${exponent}`;
}
