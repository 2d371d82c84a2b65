import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { type Cluster, connectToCluster } from '#src/cluster/connect.ts'
import { ensureCrd } from '#src/cluster/ensure-crd.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { isObject } from '#src/domain/json.ts'
import { type ControlPlane, startControlPlane } from '#src/embedded/control-plane.ts'
import { type GitServer, serveGit } from '#src/embedded/git-server.ts'
import type { Progress } from '#src/embedded/progress.ts'
import { runCommand } from '#src/embedded/run-command.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { grantOperator, OPERATOR_USER } from './operator-access.ts'
import { SHOP } from './shop.ts'

/** The servers of the demo. All that any of them writes lies below `dir`, which goes when the control plane stops. */
export interface Stage {
  readonly dir: string
  readonly controlPlane: ControlPlane
  readonly cluster: Cluster
  readonly git: GitServer
  readonly repositoryUrl: string
  /** Of the operator's own user, who may do what it needs and no more. */
  readonly operatorKubeconfig: string
  /** The real kubectl as the administrator. Throws ServerFailed with what it said. */
  kubectl(...args: readonly string[]): Promise<string>
  close(): Promise<void>
}

export async function buildStage(env: NodeJS.ProcessEnv, progress: Progress): Promise<Stage> {
  await requireGit()
  const controlPlane = await startControlPlane({ progress, audit: true })
  const { dir } = controlPlane
  const cluster = connectToCluster({ kubeconfig: controlPlane.kubeconfig }, systemClock)
  let git: GitServer | undefined
  const close = async () => {
    await cluster.close()
    await git?.close()
    await controlPlane.stop()
  }
  try {
    for (const folder of ['git', 'people', 'state']) await mkdir(join(dir, folder), { recursive: true })
    git = await serveGit({ root: join(dir, 'git') })
    const repositoryUrl = await git.createRepository('infra')
    await cluster.api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: SHOP.namespace } })
    await ensureCrd(cluster, await remediationCrd(), systemClock)
    await grantOperator(cluster.api)
    const operatorKubeconfig = await controlPlane.kubeconfigFor(OPERATOR_USER)
    const kubectl = async (...args: readonly string[]) => {
      const arguments_ = ['--kubeconfig', controlPlane.kubeconfig, '--cache-dir', join(dir, 'cache'), ...args]
      const { code, stdout, stderr } = await runCommand(controlPlane.kubectl, arguments_, { cwd: dir, env })
      if (code === 0) return stdout
      throw new OperatorError('ServerFailed', `kubectl ${args[0]} failed: ${stderr.trim()}`)
    }
    return { dir, controlPlane, cluster, git, repositoryUrl, operatorKubeconfig, kubectl, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Before anything is fetched or built for it. */
async function requireGit(): Promise<void> {
  await runCommand('git', ['--version'], { cwd: '/' }).catch((cause: unknown) => {
    throw new OperatorError('GitMissing', 'the demo needs git, which cannot be started', { cause })
  })
}

async function remediationCrd() {
  const file = new URL('../../../crds/aiops-operator.dev_remediations.yaml', import.meta.url)
  const crd: unknown = parse(await readFile(file, 'utf8'))
  if (isObject(crd)) return crd
  throw new OperatorError('Internal', `${file.pathname} holds no CustomResourceDefinition`)
}
