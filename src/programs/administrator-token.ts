/** The administrator's bearer token: a file that is made where it is missing, rotated by a command, and followed. */
import path from 'node:path';
import { type Clock, sleep } from '../base/clock.ts';
import { OrreryError } from '../base/errors.ts';
import { systemSecret } from '../base/system.ts';
import { DataFolder } from './data-folder.ts';
import { InstanceLock } from './instance-lock.ts';

/** How often a running server looks whether its token has been rotated. */
const LOOK_MS = 250;
/** A running server has taken a new token by then. */
const TAKEN_MS = 5000;

export interface TokenPlace {
  readonly folder: DataFolder;
  readonly name: string;
}

/** `token` in the data directory, or the file that `--token-file` names. */
export function tokenPlace(folder: DataFolder, file: string | undefined): TokenPlace {
  if (file === undefined) return { folder, name: 'token' };
  return { folder: DataFolder.open(path.dirname(file)), name: path.basename(file) };
}

export function administratorToken({ folder, name }: TokenPlace): string {
  return folder.read(name)?.trim() || newToken({ folder, name });
}

function newToken({ folder, name }: TokenPlace): string {
  const token = systemSecret();
  folder.write(name, `${token}\n`);
  return token;
}

/** Calls `changed` with each new token in the file, until the function that it returns is called. */
export function followToken(
  place: TokenPlace,
  { clock, present, changed }: { readonly clock: Clock; present: string; readonly changed: (token: string) => void },
): () => void {
  let known = present;
  const look = () => {
    timer = clock.after(LOOK_MS, look);
    let token: string | undefined;
    try {
      token = place.folder.read(place.name)?.trim();
    } catch {
      // A file that cannot be read for a moment changes nothing.
    }
    if (token === undefined || token === '' || token === known) return;
    known = token;
    changed(token);
  };
  let timer = clock.after(LOOK_MS, look);
  return () => timer.cancel();
}

/**
 * Makes a new token; the old one is good no longer. Resolves when the kubeconfig has it: a running server sees to
 * that, and `rewrite` where none runs. Rejects when a running server does not take it.
 */
export async function rotateToken(
  data: DataFolder,
  place: TokenPlace,
  { clock, rewrite }: { readonly clock: Clock; readonly rewrite: (token: string) => void },
): Promise<{ readonly isRunning: boolean }> {
  const lock = await takeIfFree(data, clock);
  try {
    const token = newToken(place);
    if (lock !== undefined) {
      rewrite(token);
      return { isRunning: false };
    }
    const deadline = clock.monotonic() + TAKEN_MS;
    while (data.read('kubeconfig')?.includes(token) !== true) {
      if (clock.monotonic() > deadline)
        throw new OrreryError('TOKEN_NOT_TAKEN', { file: place.folder.file(place.name) });
      await sleep(clock, 50);
    }
    return { isRunning: true };
  } finally {
    lock?.release();
  }
}

async function takeIfFree(data: DataFolder, clock: Clock): Promise<InstanceLock | undefined> {
  try {
    return await InstanceLock.take(data, { program: 'apiserver', supervised: false, patienceMs: 0 }, clock);
  } catch (error) {
    if (error instanceof OrreryError && error.code === 'DATA_DIR_IN_USE') return undefined;
    throw error;
  }
}
