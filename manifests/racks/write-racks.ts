/** `npm run racks` writes the rack manifests; with `-- --check` it only fails when they are not what it would write. */
import fs from 'node:fs';
import path from 'node:path';
import { type RackName, rack, rackSizes } from './rack.ts';

const check = process.argv.includes('--check');
for (const name of Object.keys(rackSizes) as RackName[]) {
  const file = path.join(import.meta.dirname, `${name}.yaml`);
  const text = rack(name);
  if (fs.existsSync(file) && fs.readFileSync(file, 'utf8') === text) continue;
  if (check) {
    process.stderr.write(`manifests/racks/${name}.yaml is not what the script makes; run: npm run racks\n`);
    process.exitCode = 1;
  } else {
    fs.writeFileSync(file, text);
    process.stdout.write(`wrote manifests/racks/${name}.yaml\n`);
  }
}
