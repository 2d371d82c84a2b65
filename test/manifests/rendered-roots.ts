import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isKubeObject, type KubeObject } from '#src/domain/kube-object.ts'
import { folderObjects } from '#src/manifests/checkout/folder-objects.ts'
import { type EngineRoot, engineRoots } from '#src/manifests/engine-roots.ts'
import { expandApplicationSet } from '#src/manifests/engines/application-set.ts'
import { treesOf } from '#src/manifests/engines/tree-index.ts'
import { helmRunner } from '#src/manifests/helm/helm-process.ts'
import { kustomizer } from '#src/manifests/kustomize/kustomize-process.ts'
import { loadedTree } from '#src/manifests/loaded-tree.ts'
import { rootRenderer } from '#src/manifests/render-root.ts'
import { repositoryReader } from '#src/manifests/repository-reader.ts'
import { openScratch } from '#src/manifests/scratch.ts'

/** A checkout of the repository at `url`, and what renders it. */
export interface OpenedCheckout {
  readonly url: string
  readonly person: { readonly folder: string }
  readonly programs: { readonly kustomize: string; readonly helm: string }
}

/** What we say an engine's object makes of the checkout, as it would be applied. */
export interface RenderedRoot {
  readonly root: EngineRoot
  readonly objects: readonly KubeObject[]
}

/** Kinds of the fixtures that live in no namespace. */
const CLUSTER_SCOPED = new Set(['Namespace', 'ClusterRole', 'ClusterRoleBinding', 'CustomResourceDefinition'])

/** Every root that the engines' objects in the checkout ask for, rendered; fails on one that we cannot render. */
export async function renderedRoots({
  person,
  url,
  programs,
}: OpenedCheckout): Promise<readonly RenderedRoot[]> {
  const state = await mkdtemp(join(tmpdir(), 'aiops-operator-rendered-'))
  try {
    const reader = repositoryReader(folderObjects(person.folder))
    const scratch = await openScratch(state)
    const renderer = rootRenderer(reader, kustomizer(programs.kustomize), scratch, helmRunner(programs.helm))
    const files = await reader.at('the checkout')
    const { roots, problems } = await engineRoots(reader, renderer, files, url)
    if (problems.length > 0) throw new Error(JSON.stringify(problems, null, 2))
    const rendered: RenderedRoot[] = []
    for (const root of roots) {
      const objects = await renderer.render(files, root.root)
      rendered.push({ root, objects: objects.map((object) => placed(object, root)) })
    }
    return rendered
  } finally {
    await rm(state, { recursive: true, force: true })
  }
}

/** An object that carries no namespace gets that of the destination. */
function placed(object: KubeObject, { source }: EngineRoot): KubeObject {
  if (CLUSTER_SCOPED.has(object.kind) || object.metadata.namespace !== undefined) return object
  const { namespace } = source.destination
  return { ...object, metadata: { ...object.metadata, ...(namespace !== undefined && { namespace }) } }
}

/** The Applications that the ApplicationSet in a file generates. */
export async function generatedApplications(
  { person, url }: OpenedCheckout,
  path: string,
): Promise<readonly KubeObject[]> {
  const reader = repositoryReader(folderObjects(person.folder))
  const expansion = await loadedTree(reader, await reader.at('the checkout'), new Set(), (tree) => {
    const set: unknown = tree.json(path)
    return isKubeObject(set)
      ? expandApplicationSet(treesOf([{ ...tree, repositoryUrl: url }]), set)
      : { problem: 'it is no object' }
  })
  if ('problem' in expansion) throw new Error(expansion.problem)
  return expansion.applications
}
