import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import type { AccountKey } from '../apiserver/account-tokens.ts';
import type { DataFolder } from './data-folder.ts';

const FILE = 'service-accounts.key';
const BITS = 2048;

/** The key that signs tokens of service accounts, in the data directory; made when the first token is. */
export function accountKey(folder: DataFolder): AccountKey {
  let pem: string | undefined;
  const present = () => {
    pem ??= folder.read(FILE);
    return pem;
  };
  const made = () => {
    if (present() === undefined) {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: BITS });
      pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      folder.write(FILE, pem);
    }
    return pem!;
  };
  return {
    get id() {
      const der = createPublicKey(made()).export({ type: 'spki', format: 'der' });
      return createHash('sha256').update(der).digest('base64url');
    },
    sign: (text) => sign('sha256', Buffer.from(text), createPrivateKey(made())).toString('base64url'),
    // Without a key there is no token to be good.
    verify(text, signature) {
      const key = present();
      if (key === undefined) return false;
      return verify('sha256', Buffer.from(text), createPublicKey(key), Buffer.from(signature, 'base64url'));
    },
  };
}
