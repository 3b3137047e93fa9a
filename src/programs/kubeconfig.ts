export interface KubeconfigContents {
  readonly server: string;
  /** The authority's certificate, in PEM. */
  readonly authority: string;
  readonly token: string;
}

/**
 * A kubeconfig with one context, `orrery`. In JSON, which is YAML to kubectl, and saves our own programs the YAML
 * library.
 */
export function kubeconfigText({ server, authority, token }: KubeconfigContents): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'orrery',
    contexts: [{ name: 'orrery', context: { cluster: 'orrery', user: 'orrery', namespace: 'default' } }],
    clusters: [{ name: 'orrery', cluster: { server, 'certificate-authority-data': base64(authority) } }],
    users: [{ name: 'orrery', user: { token } }],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** Whether a kubeconfig leads to the server as it is; it may have been changed beside that, as by kubectl config. */
export function isCurrentKubeconfig(text: string | undefined, contents: KubeconfigContents): boolean {
  const { server, authority, token } = contents;
  const isThere = (part: string) => text?.includes(part) === true;
  return portInKubeconfig(text) === Number(new URL(server).port) && [base64(authority), token].every(isThere);
}

/** The port of the server in a kubeconfig that we wrote, or undefined when there is none to be found. */
export function portInKubeconfig(text: string | undefined): number | undefined {
  const port = /"?server"?: "?https:\/\/127\.0\.0\.1:(\d+)\b/.exec(text ?? '')?.[1];
  return port === undefined ? undefined : Number(port);
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
