import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { root } from '../../house/sources.ts';

const folder = path.join(root, 'test/golden/xen-credit');

/** The names of the recorded scenarios. */
export const goldenNames = fs
  .readdirSync(folder)
  .filter((file) => file.endsWith('.json.gz'))
  .map((file) => file.slice(0, -'.json.gz'.length));

/** The text of a recorded scenario, with its outcome under `expected`. */
export function goldenText(name: string): string {
  return gunzipSync(fs.readFileSync(path.join(folder, `${name}.json.gz`))).toString('utf8');
}
