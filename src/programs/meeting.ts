/**
 * How controllers find the datacenter on the same machine: it leaves its address and token in the data directory that
 * both are given.
 */
import { systemSecret } from '../base/system.ts';
import type { DataFolder } from './data-folder.ts';

/** Where a datacenter listens unless it is told, or the port is taken. */
export const DATACENTER_PORT = 16_444;

const ADDRESS_FILE = 'datacenter.url';
const TOKEN_FILE = 'datacenter.token';

/** The token of the datacenter in this directory, made where there is none. */
export function datacenterToken(folder: DataFolder): string {
  const present = folder.read(TOKEN_FILE)?.trim();
  if (present) return present;
  const token = systemSecret();
  folder.write(TOKEN_FILE, `${token}\n`);
  return token;
}

export function leaveAddress(folder: DataFolder, url: string): void {
  folder.write(ADDRESS_FILE, `${url}\n`);
}

export function forgetAddress(folder: DataFolder): void {
  folder.remove(ADDRESS_FILE);
}

/** What the datacenter left, or undefined where none runs or has run. */
export function meetingPoint(folder: DataFolder): { url: string; token: string } | undefined {
  const url = folder.read(ADDRESS_FILE)?.trim();
  const token = folder.read(TOKEN_FILE)?.trim();
  return url && token ? { url, token } : undefined;
}
