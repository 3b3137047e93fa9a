import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type AccountKey, AccountTokens, ISSUER } from '../../src/apiserver/account-tokens.ts';
import { VirtualClock } from '../../src/base/clock.ts';
import { Random } from '../../src/base/random.ts';

const mac = (text: string) => createHmac('sha256', 'key').update(text).digest('base64url');
const key: AccountKey = { id: 'k', sign: mac, verify: (text, signature) => mac(text) === signature };
const account = { namespace: 'ns', name: 'robot', uid: 'u1' };

function tokens() {
  const clock = new VirtualClock();
  const uids = new Map([['ns/robot', 'u1']]);
  const uidOf = (namespace: string, name: string) => uids.get(`${namespace}/${name}`);
  return { clock, uids, tokens: new AccountTokens({ key, clock, random: new Random('tokens'), uidOf }) };
}

describe('the token of a service account', () => {
  it('stands for the account', () => {
    const { tokens: issuer } = tokens();
    expect(issuer.review(issuer.issue(account, [ISSUER], 600))).toMatchObject({
      name: 'system:serviceaccount:ns:robot',
      uid: 'u1',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:ns', 'system:authenticated'],
    });
  });

  it('ends with its account, even when there is another of that name', () => {
    const { tokens: issuer, uids } = tokens();
    const token = issuer.issue(account, [ISSUER], 600);
    uids.set('ns/robot', 'u2');
    expect(issuer.review(token)).toBeUndefined();
  });

  it('is nothing to this server when it is meant for others, or has been tampered with', () => {
    const { tokens: issuer } = tokens();
    expect(issuer.review(issuer.issue(account, ['elsewhere'], 600))).toBeUndefined();
    const [head, , signature] = issuer.issue(account, [ISSUER], 600).split('.');
    const [, other] = issuer.issue({ ...account, name: 'root' }, [ISSUER], 600).split('.');
    expect(issuer.review(`${head}.${other}.${signature}`)).toBeUndefined();
    for (const text of ['', 'a.b.c', `${head}..`, 'bnVsbA.bnVsbA.']) expect(issuer.review(text)).toBeUndefined();
  });
});
