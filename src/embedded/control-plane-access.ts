import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CertificateAuthority, createAuthority, type KeyPair, openAuthority } from './certificates.ts'
import { writeKubeconfig } from './kubeconfig.ts'

/** How to use a running control plane; what one process started, another may open by its folder. */
export interface ControlPlaneAccess {
  readonly dir: string
  readonly url: string
  readonly caPem: string
  /** The kubeconfig of a user in system:masters, and its token. */
  readonly kubeconfig: string
  readonly adminToken: string
  readonly auditLog: string | undefined
  /** The kubectl of the same version. */
  readonly kubectl: string
  /** A new kubeconfig of any user in any groups (a client certificate); RBAC decides what they may do. */
  kubeconfigFor(user: string, groups?: readonly string[]): Promise<string>
}

export type ControlPlaneFacts = Omit<ControlPlaneAccess, 'dir' | 'caPem' | 'kubeconfigFor'>

const AUTHORITY = 'aiops-operator-embedded'
const factsFile = (dir: string) => join(dir, 'control-plane.json')
const keyFile = (dir: string) => join(dir, 'pki', 'ca.key')
const certificateFile = (dir: string) => join(dir, 'pki', 'ca.crt')

export async function createClusterAuthority(dir: string): Promise<CertificateAuthority> {
  const authority = createAuthority(AUTHORITY)
  await writeFile(certificateFile(dir), authority.certificatePem)
  await writeFile(keyFile(dir), authority.keyPem, { mode: 0o600 })
  return authority
}

/** Leaves in `dir` what `openControlPlane` needs, readable by its owner only. */
export async function recordControlPlane(dir: string, facts: ControlPlaneFacts): Promise<void> {
  await writeFile(factsFile(dir), JSON.stringify(facts), { mode: 0o600 })
}

export async function openControlPlane(dir: string): Promise<ControlPlaneAccess> {
  const facts = JSON.parse(await readFile(factsFile(dir), 'utf8')) as ControlPlaneFacts
  const pair: KeyPair = {
    certificatePem: await readFile(certificateFile(dir), 'utf8'),
    keyPem: await readFile(keyFile(dir), 'utf8'),
  }
  const authority = openAuthority(AUTHORITY, pair)
  return {
    ...facts,
    auditLog: facts.auditLog,
    dir,
    caPem: pair.certificatePem,
    kubeconfigFor(user, groups = []) {
      const file = join(dir, `user-${randomUUID()}.kubeconfig`)
      return writeKubeconfig(file, facts.url, pair.certificatePem, user, authority.issueClient(user, groups))
    },
  }
}
