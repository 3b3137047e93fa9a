/** A program: runs every lab and prints, as one JSON object, the hash of each report's bytes by the lab's name. */
import { installedKinds } from '../../src/sim/image.ts';
import { hashOf, labs, runLab } from '../support/labs.ts';

const image = await installedKinds();
const hashes: Record<string, string> = {};
for (const lab of labs) hashes[lab] = hashOf(await runLab(lab, image));
process.stdout.write(JSON.stringify(hashes));
