import { beforeAll, describe, expect, it } from 'vitest';
import { MemoryHttp } from '../support/exchange.ts';
import { TestServer } from '../support/in-memory.ts';

const FLOW = ['x-kubernetes-pf-flowschema-uid', 'x-kubernetes-pf-prioritylevel-uid'] as const;
const UID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const trusted = { authorization: 'Bearer devtoken' };
let http: MemoryHttp;
beforeAll(async () => {
  http = new MemoryHttp(await new TestServer({ rootCa: '' }).start());
});

describe('the headers of every answer', () => {
  it.each(['/api/v1/namespaces', '/nope', '/version', '/healthz'])(
    'say at %s that clients need not hold back',
    async (url) => {
      const answer = await http.ask({ url, headers: trusted });
      for (const name of FLOW) expect(answer.answered(name)).toMatch(UID);
    },
  );

  it('say so beside a refusal, but not to a client that was not let in', async () => {
    const refused = await http.ask({ url: '/api/v1/namespaces', headers: { authorization: '' } });
    expect([refused.code, refused.answered(FLOW[0])]).toEqual([403, expect.stringMatching(UID)]);
    const stranger = await http.ask({ url: '/api/v1/namespaces', headers: { authorization: 'Bearer wrong' } });
    expect([stranger.code, stranger.answered(FLOW[0])]).toEqual([401, undefined]);
  });

  it('name the request, by the name that the client gave it or by one of its own', async () => {
    const named = await http.ask({ url: '/version', headers: { ...trusted, 'audit-id': 'mine' } });
    expect(named.answered('audit-id')).toBe('mine');
    const [a, b] = [
      await http.ask({ url: '/version', headers: trusted }),
      await http.ask({ url: '/version', headers: trusted }),
    ];
    expect(a.answered('audit-id')).toMatch(UID);
    expect(b.answered('audit-id')).not.toBe(a.answered('audit-id'));
  });
});
