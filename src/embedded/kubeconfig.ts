import { writeFile } from 'node:fs/promises'

export type Credentials =
  | { readonly token: string }
  | { readonly certificatePem: string; readonly keyPem: string }

/** Writes a kubeconfig with everything inside (JSON is YAML), readable by its owner only. */
export async function writeKubeconfig(
  file: string,
  server: string,
  caPem: string,
  user: string,
  credentials: Credentials,
): Promise<string> {
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const login =
    'token' in credentials
      ? { token: credentials.token }
      : {
          'client-certificate-data': base64(credentials.certificatePem),
          'client-key-data': base64(credentials.keyPem),
        }
  const name = 'aiops-operator-embedded'
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(caPem) } }],
    users: [{ name: user, user: login }],
    contexts: [{ name, context: { cluster: name, user } }],
  }
  await writeFile(file, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 })
  return file
}
