import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type AccountKey, AccountTokens, ISSUER } from '../../src/apiserver/account-tokens.ts';
import { tokenRequest } from '../../src/apiserver/kinds/authentication.ts';
import { ProtobufEncoder } from '../../src/apiserver/protobuf/encode.ts';
import { VirtualClock } from '../../src/base/clock.ts';
import { Random } from '../../src/base/random.ts';
import { MemoryHttp } from './support/exchange.ts';
import { TestServer } from './support/in-memory.ts';

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

describe('a request for a token', () => {
  const made = async (contentType: string, body: string | Buffer) => {
    const server = await new TestServer({ rootCa: '', accountKey: key }).start();
    const http = new MemoryHttp(server);
    await server.advance(500);
    const url = '/api/v1/namespaces/default/serviceaccounts/default/token';
    const exchange = await http.ask({ method: 'POST', url, headers: { 'content-type': contentType }, body });
    return { code: exchange.code, answer: JSON.parse(Buffer.concat(exchange.chunks).toString()) };
  };

  it.each([
    ['application/json', '{}'],
    ['application/json', '{"spec":{"audiences":[],"boundObjectRef":null}}'],
    [
      'application/vnd.kubernetes.protobuf',
      new ProtobufEncoder().object({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' }, tokenRequest),
    ],
  ])('in %s that binds it to nothing is granted', async (contentType, body) => {
    const { code, answer } = await made(contentType, body);
    expect(code).toBe(201);
    expect(answer.status.token.split('.')).toHaveLength(3);
    expect(answer.spec.boundObjectRef).toBeNull();
  });

  it('that binds it to what is not there is refused', async () => {
    const bound = { spec: { boundObjectRef: { kind: 'Secret', apiVersion: 'v1', name: 'x' } } };
    expect((await made('application/json', JSON.stringify(bound))).code).toBe(404);
  });
});
