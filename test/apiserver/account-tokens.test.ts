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
  const uids = new Map([['serviceaccounts ns/robot', 'u1']]);
  const uidOf = (plural: string, namespace: string, name: string) => uids.get(`${plural} ${namespace}/${name}`);
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
    uids.set('serviceaccounts ns/robot', 'u2');
    expect(issuer.review(token)).toBeUndefined();
  });

  it('ends with what it is bound to', () => {
    const { tokens: issuer, uids } = tokens();
    uids.set('pods ns/p', 'u3').set('nodes /n', 'u4');
    const ofPod = issuer.issue(account, [ISSUER], 600, { kind: 'Pod', name: 'p', uid: 'u3' });
    const ofNode = issuer.issue(account, [ISSUER], 600, { kind: 'Node', name: 'n', uid: 'u4' });
    expect([ofPod, ofNode].map((token) => issuer.review(token)?.uid)).toEqual(['u1', 'u1']);
    uids.set('pods ns/p', 'u5').delete('nodes /n');
    expect([ofPod, ofNode].map((token) => issuer.review(token))).toEqual([undefined, undefined]);
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
  const ready = async () => {
    const server = await new TestServer({ rootCa: '', accountKey: key }).start();
    const http = new MemoryHttp(server);
    await server.advance(500);
    const url = '/api/v1/namespaces/default/serviceaccounts/default/token';
    const post = async (contentType: string, body: string | Buffer) => {
      const exchange = await http.ask({ method: 'POST', url, headers: { 'content-type': contentType }, body });
      return { code: exchange.code, answer: JSON.parse(Buffer.concat(exchange.chunks).toString()) };
    };
    return { http, post };
  };
  const made = async (contentType: string, body: string | Buffer) => (await ready()).post(contentType, body);

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

  it('that binds it to what is not there, or cannot be, is refused', async () => {
    const bound = (kind: string) =>
      made('application/json', JSON.stringify({ spec: { boundObjectRef: { kind, apiVersion: 'v1', name: 'x' } } }));
    expect((await bound('Secret')).code).toBe(404);
    expect((await bound('constructor')).code).toBe(400);
  });

  it('that binds it to an object says so in the token', async () => {
    const name = 's';
    const { http, post } = await ready();
    const secret = { metadata: { name }, type: 'Opaque' };
    await http.ask({ method: 'POST', url: '/api/v1/namespaces/default/secrets', body: JSON.stringify(secret) });
    const { answer } = await post(
      'application/json',
      JSON.stringify({ spec: { boundObjectRef: { kind: 'Secret', apiVersion: 'v1', name } } }),
    );
    const claims = JSON.parse(Buffer.from(answer.status.token.split('.')[1], 'base64url').toString());
    const { uid } = answer.spec.boundObjectRef;
    expect(claims['kubernetes.io'].secret).toEqual({ name, uid });
  });
});
