import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { type TargetRef, targetKey } from '#src/domain/target.ts'
import { claimsOf } from '#src/manifests/engines/claims.ts'
import { claimedObject, confirm } from '#src/manifests/engines/confirm.ts'
import { engineObjects } from '#src/manifests/engines/engine-objects.ts'
import { inventoryOf } from '#src/manifests/engines/inventory.ts'
import { textAt, textsAt } from '#src/manifests/engines/reading.ts'
import { generatedApplications, type RenderedRoot, renderedRoots } from '../manifests/rendered-roots.ts'
import { EDITS } from './argo-edits.ts'
import { argoRepository } from './argo-repository.ts'
import { byTarget, kindOf, liveTarget, openEngineScene } from './engine-scene.ts'
import { assertAppliesAsIs, assertLive, assertNoted, changedObjects } from './live-compare.ts'
import { committedEdit } from './repository-edit.ts'

const APPLICATIONS = 'applications.argoproj.io'
const KINDS = `deployments,configmaps,roles,namespaces,${APPLICATIONS}`
const MANAGER = 'argocd-controller'
const TRACKING = 'argocd.argoproj.io/tracking-id'
const CHILDREN = ['client', 'directory', 'helm', 'kustomize', 'labels', 'multi']
const GENERATED = ['set-dev', 'set-prod']
/** Applied as `kubectl apply` does, which notes in an annotation what was applied. */
const CLIENT_SIDE = 'client'

const scene = await openEngineScene('argocd', argoRepository)
await scene.kubectl(['apply', '--server-side', '-f', `${scene.person.folder}/argocd/namespaces.yaml`])
await scene.kubectl(['apply', '--server-side', '-f', `${scene.person.folder}/argocd/apps.yaml`])
// The lab runs no controller for ApplicationSets: what we make of the set takes its place.
const items = await generatedApplications(scene, 'sets/environments.yaml')
await scene.kubectl(
  ['apply', '--server-side', '-f', '-'],
  JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
)
await synced()
const rendered = await renderedRoots(scene)

/** Waits until every Application has synced the commit that is checked out, those that the root changes after it. */
async function synced(): Promise<void> {
  const commit = await scene.person.git('rev-parse', 'HEAD')
  for (const names of [['root'], [...CHILDREN, ...GENERATED]]) {
    const asked = names.map((name) => `${APPLICATIONS}/${name}`)
    await scene.kubectl([
      '-n',
      'argocd',
      'annotate',
      '--overwrite',
      ...asked,
      'argocd.argoproj.io/refresh=hard',
    ])
    let last = ''
    await scene
      .eventually(`${names.join(', ')} synced`, async () => {
        const all = await scene.list(APPLICATIONS, 'argocd')
        const open = all
          .filter(({ metadata }) => names.includes(metadata.name))
          .filter((each) => !isSynced(each, commit))
        last = open
          .map((each) => `${each.metadata.name}: ${JSON.stringify(asJson(each)['status'])}`)
          .join('\n')
        return open.length === 0 ? true : undefined
      })
      .catch((cause: unknown) => {
        throw new Error(`not synced:\n${last}`, { cause })
      })
  }
}

function isSynced(object: KubeObject, commit: string): boolean {
  const { status } = asJson(object)
  const revisions = [textAt(status, 'sync', 'revision'), ...textsAt(status, 'sync', 'revisions')]
  return (
    object.metadata.annotations?.['argocd.argoproj.io/refresh'] === undefined &&
    textAt(status, 'sync', 'status') === 'Synced' &&
    textAt(status, 'operationState', 'phase') === 'Succeeded' &&
    revisions.filter(Boolean).every((each) => each === commit)
  )
}

const liveObjects = () => scene.list(KINDS)

/** `APP:GROUP/KIND:NAMESPACE/NAME`; what lives in no namespace carries that of the destination. */
function tracking({ root }: RenderedRoot) {
  const { object, destination } = root.source
  return (each: KubeObject) => {
    const namespace = each.metadata.namespace ?? destination.namespace ?? ''
    return {
      annotations: { [TRACKING]: `${object.name}:${kindOf(each)}:${namespace}/${each.metadata.name}` },
    }
  }
}

function titleOf({ root }: RenderedRoot): string {
  return `${root.source.object.name} ${root.source.field}`
}

test('what we render of every Argo CD Application is what the API server holds', async (t) => {
  const names = new Set(rendered.map(({ root }) => root.source.object.name))
  assert.deepEqual([...names].sort(), [...CHILDREN, 'root', ...GENERATED].sort())
  const live = await liveObjects()
  for (const each of rendered) {
    await t.test(titleOf(each), async (t) => {
      const compared = assertLive(each.objects, live)
      t.diagnostic(`${compared.objects} objects, ${compared.fields} fields`)
      if (each.root.source.object.name === CLIENT_SIDE) assertNoted(each.objects, live, tracking(each))
      else await assertAppliesAsIs(scene, MANAGER, each.objects, live, tracking(each))
    })
  }
})

test('the resources of an Application are what we render, and confirm what its objects claim', async (t) => {
  const live = await liveObjects()
  const found = byTarget(live)
  const engines = engineObjects(live)
  const byApplication = Map.groupBy(rendered, ({ root }) => root.source.object.name)
  for (const [name, roots] of byApplication) {
    await t.test(name, () => {
      const [first] = roots
      assert.ok(first)
      const owner = found.get(targetKey(first.root.source.object))
      assert.ok(owner)
      const objects = roots.flatMap((each) => each.objects)
      const entries = inventoryOf(owner) ?? []
      assert.deepEqual(
        entries.map(({ group, kind, namespace, name }) => `${group}/${kind}/${namespace}/${name}`).sort(),
        objects.map((each) => targetKey(liveTarget(each))).sort(),
      )
      for (const each of objects) {
        const object = found.get(targetKey(liveTarget(each)))
        assert.ok(object)
        const [claim, ...others] = claimsOf(object)
        assert.ok(claim)
        assert.deepEqual(others, [])
        const applier = { kind: 'Application', namespace: undefined, name }
        assert.deepEqual(claim, { engine: 'argocd', key: TRACKING, by: 'annotation', applier })
        const named = claimedObject(claim, engines, 'argocd')
        assert.equal(named?.metadata.uid, owner.metadata.uid)
        assert.ok(confirm(claim, named, liveTarget(object)).confirmed)
        const copied = `${object.metadata.name}-copy`
        const copy: TargetRef = { ...liveTarget(object), name: copied }
        assert.equal(confirm(claim, named, copy).confirmed, false, 'a copy is not confirmed')
        assert.deepEqual(claimsOf({ ...object, metadata: { ...object.metadata, name: copied } }), [])
      }
    })
  }
})

for (const [title, edit] of Object.entries(EDITS)) {
  test(`edited, committed and synced by Argo CD, only that field differs: ${title}`, async () => {
    const before = await workloads()
    assert.deepEqual(await committedEdit(scene, edit), [edit.file])
    await synced()
    assert.deepEqual(changedObjects(before, await workloads()), edit.live)
  })
}

async function workloads(): Promise<readonly KubeObject[]> {
  return (await liveObjects()).filter(({ kind }) => kind !== 'Application')
}
