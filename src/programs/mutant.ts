/** Loaded before the swarm (`node --import`): the source of one module is another than the file says. */
import fs from 'node:fs';
import module from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { mutations } from '../sim/swarm/mutations.ts';

const name = process.env['ORRERY_MUTATION'];
const mutation = mutations.find((one) => one.name === name);
if (mutation === undefined) throw new Error(`there is no mutation ${name}`);
const file = path.resolve(import.meta.dirname, '../..', mutation.file);
const source = fs.readFileSync(file, 'utf8');
if (source.split(mutation.find).length !== 2) throw new Error(`${mutation.file} has not once: ${mutation.find}`);
const mutated = source.replace(mutation.find, () => mutation.replace);
const wanted = pathToFileURL(file).href;

module.registerHooks({
  load: (url, context, next) => {
    const loaded = next(url, context);
    return url === wanted ? { ...loaded, source: mutated } : loaded;
  },
});
