import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { type TargetRef, targetKey } from '#src/domain/target.ts'
import { claimsOf } from '#src/manifests/engines/claims.ts'
import { claimedObject, confirm } from '#src/manifests/engines/confirm.ts'
import { engineObjects } from '#src/manifests/engines/engine-objects.ts'
import { inventoryOf } from '#src/manifests/engines/inventory.ts'
import { textAt } from '#src/manifests/engines/reading.ts'
import { type RenderedRoot, renderedRoots } from '../manifests/rendered-roots.ts'
import { byTarget, liveTarget, openEngineScene } from './engine-scene.ts'
import { EDITS } from './flux-edits.ts'
import { fluxRepository } from './flux-repository.ts'
import { assertAppliesAsIs, assertLive, changedObjects } from './live-compare.ts'
import { committedEdit } from './repository-edit.ts'

const KINDS = [
  'deployments,statefulsets,daemonsets,cronjobs,configmaps,secrets,services,namespaces,clusterroles',
  'gitrepositories.source.toolkit.fluxcd.io,kustomizations.kustomize.toolkit.fluxcd.io',
].join(',')
const MANAGER = 'kustomize-controller'
const ROOTS = ['bare', 'cluster', 'nested', 'overlay', 'patched', 'plain', 'prefixed', 'vars']

const scene = await openEngineScene('flux', fluxRepository)
await scene.kubectl(['apply', '--server-side', '-f', `${scene.person.folder}/clusters/lab`])
await applied()
const rendered = await renderedRoots(scene)

/** Waits until every Kustomization has applied the commit that is checked out, as it stands. */
async function applied(): Promise<void> {
  const commit = await scene.person.git('rev-parse', 'HEAD')
  const asked = `reconcile.fluxcd.io/requestedAt=${commit}`
  await scene.kubectl(['-n', 'flux-system', 'annotate', '--overwrite', 'gitrepository/app', asked])
  let last = ''
  await scene
    .eventually('every Kustomization has applied the commit', async () => {
      const all = await scene.list('kustomizations.kustomize.toolkit.fluxcd.io', 'flux-system')
      const open = all.filter((each) => !isApplied(each, commit))
      last = open.map((each) => `${each.metadata.name}: ${JSON.stringify(asJson(each)['status'])}`).join('\n')
      return all.length === ROOTS.length && open.length === 0 ? true : undefined
    })
    .catch((cause: unknown) => {
      throw new Error(`not applied:\n${last}`, { cause })
    })
}

function isApplied(object: KubeObject, commit: string): boolean {
  const { status } = asJson(object)
  return (
    textAt(status, 'lastAppliedRevision') === `main@sha1:${commit}` &&
    JSON.stringify(status).includes(`"observedGeneration":${object.metadata.generation}`)
  )
}

const liveObjects = () => scene.list(KINDS)

function tracking({ root }: RenderedRoot) {
  const { name, namespace } = root.source.object
  const group = 'kustomize.toolkit.fluxcd.io'
  return () => ({ labels: { [`${group}/name`]: name, [`${group}/namespace`]: namespace } })
}

test('what we render of every Flux Kustomization is what the API server holds', async (t) => {
  assert.deepEqual(rendered.map(({ root }) => root.source.object.name).sort(), ROOTS)
  const live = await liveObjects()
  for (const each of rendered) {
    await t.test(each.root.source.object.name, async (t) => {
      const compared = assertLive(each.objects, live)
      t.diagnostic(`${compared.objects} objects, ${compared.fields} fields`)
      await assertAppliesAsIs(scene, MANAGER, each.objects, live, tracking(each))
    })
  }
})

test('the inventory of a Kustomization lists what we render, and confirms what its objects claim', async (t) => {
  const live = await liveObjects()
  const found = byTarget(live)
  const engines = engineObjects(live)
  for (const { root, objects } of rendered) {
    await t.test(root.source.object.name, () => {
      const owner = found.get(targetKey(root.source.object))
      assert.ok(owner)
      const entries = inventoryOf(owner) ?? []
      assert.deepEqual(
        entries.map(({ group, kind, namespace, name }) => `${group}/${kind}/${namespace}/${name}`).sort(),
        objects.map((each) => targetKey(liveTarget(each))).sort(),
      )
      for (const each of objects) {
        const object = found.get(targetKey(liveTarget(each)))
        assert.ok(object)
        const claims = claimsOf(object)
        assert.deepEqual(
          claims.map(({ engine, by, applier }) => ({ engine, by, applier })),
          [
            {
              engine: 'flux',
              by: 'label',
              applier: { kind: 'Kustomization', namespace: 'flux-system', name: root.source.object.name },
            },
          ],
        )
        for (const claim of claims) {
          const named = claimedObject(claim, engines, 'argocd')
          assert.equal(named?.metadata.uid, owner.metadata.uid)
          assert.ok(confirm(claim, named, liveTarget(object)).confirmed)
          const copy: TargetRef = { ...liveTarget(object), name: `${object.metadata.name}-copy` }
          assert.equal(confirm(claim, named, copy).confirmed, false, 'a copy is not confirmed')
        }
      }
    })
  }
})

for (const [title, edit] of Object.entries(EDITS)) {
  test(`edited, committed and applied by Flux, only that field differs: ${title}`, async () => {
    const before = await liveObjects()
    const files = await committedEdit(scene, edit)
    assert.deepEqual(files, [edit.file])
    await applied()
    const changed: Record<string, readonly string[]> = { ...changedObjects(before, await liveObjects()) }
    delete changed['GitRepository flux-system/app']
    const engine = `Kustomization flux-system/${edit.target.root}`
    if (!(engine in edit.live)) delete changed[engine]
    assert.deepEqual(changed, edit.live)
  })
}
