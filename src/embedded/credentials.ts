import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CertificateAuthority, newSigningKey } from './certificates.ts'

/** A user of the API server's token file. */
export interface Identity {
  readonly token: string
  readonly user: string
  readonly group?: string
}

/** Writes what the API server reads: its certificate, the ServiceAccount key and the tokens of our identities. */
export async function writeCredentials(
  dir: string,
  authority: CertificateAuthority,
): Promise<Record<'admin' | 'manager' | 'scheduler', Identity>> {
  const token = () => randomBytes(24).toString('hex')
  const identities = {
    admin: { token: token(), user: 'admin', group: 'system:masters' },
    manager: { token: token(), user: 'system:kube-controller-manager' },
    scheduler: { token: token(), user: 'system:kube-scheduler' },
  }
  const tokens = Object.values<Identity>(identities).map(
    ({ token, user, group }) => `${token},${user},${user},"${group ?? ''}"\n`,
  )
  const server = authority.issueServer('kube-apiserver', [
    'localhost',
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    '127.0.0.1',
    '10.96.0.1',
  ])
  const files = {
    'apiserver.crt': server.certificatePem,
    'apiserver.key': server.keyPem,
    'sa.key': newSigningKey(),
    'tokens.csv': tokens.join(''),
  }
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(dir, 'pki', name), text, { mode: 0o600 })
  }
  return identities
}
