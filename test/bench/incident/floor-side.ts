import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KubeApi } from '#src/cluster/kube-api.ts'
import { RemediationStore } from '#src/cluster/remediation-store.ts'
import type { JsonObject } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { FIELD_MANAGER, type Remediation } from '#src/domain/remediation.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import type { Side } from './batch.ts'
import { type FloorGit, openFloorGit } from './floor-git.ts'
import { BAD, deploymentRef, GOOD, manifestPath, type Shop } from './shop.ts'

interface Opened {
  readonly branch: string
  readonly remediation: Remediation
  readonly base: string
  readonly head: string
}

/**
 * The same commands and calls with nothing around them: it knows what is broken, where it stands in Git and what to write.
 * Open: create the Remediation and write its status; git fetch, read the file, write blob, tree and commit; dry-run apply;
 * write the status (what will be pushed is stored before); push; write the status. Merge: fetch, merge base, both versions
 * of the file; set spec.approved and write the status; read the workload, dry-run apply, apply; write the status.
 */
export async function openFloor(
  shop: Shop,
  api: KubeApi,
  atOnce: number,
  model: { readonly review: Remediation; readonly applied: Remediation },
): Promise<Side> {
  const folder = await mkdtemp(join(tmpdir(), 'aiops-operator-floor-'))
  // Git's locks are per clone: as many clones as work goes on at once.
  const clones = await Promise.all(
    Array.from({ length: atOnce }, (_, i) => openFloorGit(join(folder, `${i}.git`), shop.url)),
  )
  const store = new RemediationStore(api, systemClock)
  const work = { shop, api, store, model }
  return {
    async run(names) {
      await shop.breakThem(names)
      const began = performance.now()
      const opened = await Promise.all(
        names.map(async (name, i) => ({
          ...(await open(work, clone(clones, i), name)),
          took: performance.now() - began,
        })),
      )
      const openSpan = [began, performance.now()] as const
      await shop.merge(opened.map(({ branch }) => branch))
      const merged = performance.now()
      const applied = await Promise.all(
        opened.map(async (each, i) => {
          await land(work, clone(clones, i), names[i] ?? '', each)
          return performance.now() - merged
        }),
      )
      const applySpan = [merged, performance.now()] as const
      await shop.running(names)
      return { opened: opened.map(({ took }) => took), applied, openSpan, applySpan }
    },
    close: () => rm(folder, { recursive: true, force: true }),
  }
}

interface Work {
  readonly shop: Shop
  readonly api: KubeApi
  readonly store: RemediationStore
  readonly model: { readonly review: Remediation; readonly applied: Remediation }
}

function clone(clones: readonly FloorGit[], i: number): FloorGit {
  const found = clones[i]
  if (found === undefined) throw new Error('more at once than clones')
  return found
}

async function open({ shop, api, store, model }: Work, git: FloorGit, name: string): Promise<Opened> {
  const { namespace } = shop
  const target = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name }
  const { fault, evidence, timeline, state } = model.review
  if (state.phase !== 'ReadyForReview') throw new Error('the model is in another phase')
  const { plan, pullRequest } = state
  const created = await store.create({
    name: `${name}-auto-fix`,
    target,
    fault,
    evidence,
    detected: timeline.detected,
  })
  const base = await git.fetch()
  const text = await git.read(base, manifestPath(name))
  const fixed = text.replace(BAD, GOOD)
  const head = await git.commit(base, manifestPath(name), fixed, 'Fix the image')
  await api.apply(image(target, {}), { ...APPLY, dryRun: true })
  const proposed = await store.write(created, { ...created, state: { phase: 'Proposed', plan } })
  const branch = `aiops-operator/${name}`
  await git.push(head, branch)
  const remediation = await store.write(proposed, {
    ...proposed,
    state: { phase: 'ReadyForReview', plan, pullRequest },
  })
  return { branch, remediation, base, head }
}

async function land(
  { shop, api, store, model }: Work,
  git: FloorGit,
  name: string,
  opened: Opened,
): Promise<void> {
  const { state } = model.applied
  if (state.phase !== 'Applied') throw new Error('the model is in another phase')
  const { plan, pullRequest, approval, applied } = state
  const tip = await git.fetch()
  const fork = await git.mergeBase(opened.head, opened.base)
  await git.read(fork, manifestPath(name))
  await git.read(tip, manifestPath(name))
  const approved = await store.setApproved(opened.remediation, true)
  const noted = await store.write(approved, {
    ...approved,
    state: { phase: 'Approved', plan, pullRequest, approval },
  })
  const ref = deploymentRef(shop.namespace, name)
  const live = await api.get(ref)
  if (live === undefined) throw new Error(`${name} is gone`)
  const change = image({ ...ref, namespace: shop.namespace }, live.metadata)
  await api.apply(change, { ...APPLY, dryRun: true })
  await api.apply(change, APPLY)
  await store.write(noted, {
    ...noted,
    state: { phase: 'Applied', plan, pullRequest, approval, applied, recovered: false },
  })
}

const APPLY = { fieldManager: FIELD_MANAGER, force: true }

function image(
  {
    apiVersion,
    kind,
    namespace,
    name,
  }: { apiVersion: string; kind: string; namespace: string; name: string },
  { uid, resourceVersion }: Partial<KubeObject['metadata']>,
): JsonObject {
  const preconditions = { ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) }
  return {
    apiVersion,
    kind,
    metadata: { namespace, name, ...preconditions },
    spec: { template: { spec: { containers: [{ name: 'web', image: GOOD }] } } },
  }
}
