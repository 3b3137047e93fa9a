import { MiB } from '../base/units.ts';

/**
 * Memory that ESX needs to run a machine, beyond the machine's own: Resource Management Guide 4.0, table 3-2, in MB
 * of 2^20 bytes (design/algorithms.md 3.5). A row per memory size, a column per number of vCPUs; the guide leaves
 * some cells empty.
 */
const sizes = [256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072, 262144] as const;
const none = undefined;
const table: readonly (readonly (number | undefined)[])[] = [
  [113.17, 159.43, 200.53, 241.62, 293.15, 334.27, 375.38, 416.5],
  [116.68, 164.96, 206.07, 247.17, 302.75, 343.88, 385.02, 426.15],
  [123.73, 176.05, 217.18, 258.3, 322.0, 363.17, 404.34, 445.52],
  [137.81, 198.2, 239.37, 280.53, 360.46, 401.7, 442.94, 484.18],
  [165.98, 242.51, 283.75, 324.99, none, none, none, 561.52],
  [222.3, 331.12, none, 413.91, none, none, none, 716.19],
  [334.96, 508.34, none, 591.76, none, none, none, 1028.07],
  [560.27],
  [1011.21],
  [1912.48],
  [3714.99],
];
const columns = 8;

type Point = readonly [x: number, y: number];

/** The line through the two points nearest to `x`: between its neighbours, or beyond the ends through the last two. */
function along(points: readonly Point[], x: number): number {
  let upper = points.findIndex(([at]) => at >= x);
  if (upper === -1) upper = points.length - 1;
  if (upper === 0) upper = 1;
  const [x0, y0] = points[upper - 1]!;
  const [x1, y1] = points[upper]!;
  if (x === x1) return y1;
  return y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}

/** A row of the table as MB per number of vCPUs: the cells it has, straight lines between and beyond them. */
function inRow(row: readonly (number | undefined)[], vcpus: number): number {
  const cell = row[vcpus - 1];
  if (cell !== undefined) return cell;
  const known = row.flatMap((mb, i): Point[] => (mb === undefined ? [] : [[i + 1, mb]]));
  return along(known, vcpus);
}

/** A column as points of (MB of memory, MB of overhead); of the sizes where the guide gives one vCPU only, one vCPU. */
function column(vcpus: number): Point[] {
  return table.flatMap((row, i): Point[] =>
    row.length < columns && vcpus > 1 ? [] : [[sizes[i]!, inRow(row, vcpus)]],
  );
}

/**
 * Overhead of a machine on ESX in bytes, rounded up. Where the table has a cell it is the cell. Between rows and
 * columns it is on the straight line (along the row first, then along the column), below 256 MiB the first row's,
 * and beyond the last row or column on the line through the last two: the one-vCPU column, known up to 256 GiB, is
 * such a line.
 */
export function memoryOverhead(vcpus: number, size: number): number {
  const mb = Math.max(size / MiB, sizes[0]);
  return Math.ceil(along(column(vcpus), mb) * MiB);
}
