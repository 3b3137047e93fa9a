export interface KubeconfigContents {
  readonly server: string;
  /** The authority's certificate, in PEM. */
  readonly authority: string;
  readonly token: string;
}

/** A kubeconfig with one context, `orrery`; the same for the same contents, so that it need not be written again. */
export function kubeconfigText({ server, authority, token }: KubeconfigContents): string {
  return `apiVersion: v1
kind: Config
current-context: orrery
contexts:
- name: orrery
  context:
    cluster: orrery
    user: orrery
    namespace: default
clusters:
- name: orrery
  cluster:
    server: ${server}
    certificate-authority-data: ${Buffer.from(authority).toString('base64')}
users:
- name: orrery
  user:
    token: ${token}
`;
}

/** The port of the server in a kubeconfig that we wrote, or undefined when there is none to be found. */
export function portInKubeconfig(text: string | undefined): number | undefined {
  const port = /^ {4}server: https:\/\/127\.0\.0\.1:(\d+)$/m.exec(text ?? '')?.[1];
  return port === undefined ? undefined : Number(port);
}
