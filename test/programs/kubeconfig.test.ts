import { describe, expect, it } from 'vitest';
import { isCurrentKubeconfig, kubeconfigText, portInKubeconfig } from '../../src/programs/kubeconfig.ts';

const contents = { server: 'https://127.0.0.1:16443', authority: '-----BEGIN CERTIFICATE-----\n', token: 'secret' };

describe('a kubeconfig', () => {
  const text = kubeconfigText(contents);

  it('has one context, which is called orrery', () => {
    const config = JSON.parse(text);
    expect(config).toMatchObject({ kind: 'Config', 'current-context': 'orrery' });
    expect(config.contexts.map(({ name }: { name: string }) => name)).toEqual(['orrery']);
    expect(Buffer.from(config.clusters[0].cluster['certificate-authority-data'], 'base64').toString()).toBe(
      contents.authority,
    );
  });

  it('tells its port, also after kubectl config has rewritten it as YAML', () => {
    expect(portInKubeconfig(text)).toBe(16443);
    expect(portInKubeconfig('clusters:\n- cluster:\n    server: https://127.0.0.1:7443\n  name: orrery\n')).toBe(7443);
    expect(portInKubeconfig('server: https://example.com:6443')).toBeUndefined();
    expect(portInKubeconfig(undefined)).toBeUndefined();
  });

  it('is current as long as it leads to the same server, whatever else was changed in it', () => {
    const changed = text.replace('"namespace": "default"', '"namespace": "lab"');
    expect(isCurrentKubeconfig(changed, contents)).toBe(true);
    expect(isCurrentKubeconfig(text, { ...contents, token: 'another' })).toBe(false);
    expect(isCurrentKubeconfig(text, { ...contents, server: 'https://127.0.0.1:1' })).toBe(false);
    expect(isCurrentKubeconfig(undefined, contents)).toBe(false);
  });
});
