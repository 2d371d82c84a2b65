import type { TestContext } from 'node:test'
import type { Plan, Remediation } from '#src/domain/remediation.ts'
import { findServer } from '#src/embedded/provision.ts'
import { openScene, type Scene, type SceneOptions } from '../scenarios/scene.ts'
import { RUN_LABEL } from './run-label.ts'
import { stopwatch } from './stopwatch.ts'

/** A real node pulls, starts and backs off in its own time. Milliseconds. */
const PATIENCE = 240_000

/** A scene on the cluster of the run: what run.ts was given, or has started. */
export async function openRealScene(
  t: TestContext,
  files: SceneOptions['files'],
  settings: Readonly<Record<string, unknown>> = {},
  patience = PATIENCE,
): Promise<Scene> {
  const kubeconfig = process.env['KUBECONFIG']
  if (!kubeconfig) throw new Error('KUBECONFIG is not set; this file is run by `npm run test:e2e`')
  const kubectl = await findServer('kubectl', { progress: (line) => t.diagnostic(line) })
  return openScene(t, {
    forge: 'git',
    files,
    cluster: { kubeconfig, kubectl },
    patience,
    namespaceLabels: { [RUN_LABEL]: process.env['E2E_RUN_ID'] ?? 'by-hand' },
    settings: {
      settle: '1s',
      settleRecovered: '3s',
      pollInterval: '1s',
      recoveryTimeout: '120s',
      ...settings,
    },
  })
}

export interface Repair {
  readonly plan: Plan
  readonly done: Remediation
}

/** The main job: a commit breaks what runs, and a pull request that a person merges repairs it. Tells the time of each stage. */
export async function breakAndRepair(
  t: TestContext,
  scene: Scene,
  broken: SceneOptions['files'],
): Promise<Repair> {
  const watch = stopwatch()
  await scene.rolledOut()
  watch.stage('good release rolled out')
  await scene.start()
  watch.stage('operator started')
  await scene.commitAndApply(broken, 'A release that breaks')
  watch.stage('broken release committed and applied')
  await scene.remediation('Remediation', () => true)
  watch.stage('fault seen')
  const { plan } = (await scene.inPhase('ReadyForReview')).state
  watch.stage('pull request opened')
  await scene.merge(plan.branch)
  watch.stage('merged by a person')
  await scene.inPhase('Applied')
  watch.stage('applied')
  const done = await scene.recovered()
  watch.stage('recovered')
  t.diagnostic(watch.told())
  return { plan, done }
}

/** The image of each running, ready pod of `web`, once no other pod is left. */
export async function runningImages(scene: Scene): Promise<readonly string[]> {
  return scene.eventually('pods that are all ready', async () => {
    const { items } = JSON.parse(await scene.kubectl('get', 'pods', '-l', 'app=web', '-o', 'json')) as PodList
    const settled =
      items.length > 0 &&
      items.every(
        ({ metadata, status }) =>
          metadata.deletionTimestamp === undefined && status.containerStatuses?.every(({ ready }) => ready),
      )
    return settled
      ? items.flatMap(({ status }) => status.containerStatuses ?? []).map(({ image }) => image)
      : undefined
  })
}

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly deletionTimestamp?: string }
    readonly status: {
      readonly containerStatuses?: readonly { readonly image: string; readonly ready: boolean }[]
    }
  }[]
}
