import assert from 'node:assert/strict'
import type { Json } from '#src/domain/json.ts'
import type { Candidate } from '#src/manifests/checkout/checkout-search.ts'
import { openCheckout } from '#src/manifests/checkout/open-checkout.ts'
import { isBelow } from '#src/manifests/repository-files.ts'
import type { EngineScene } from './engine-scene.ts'

export interface RepositoryEdit {
  readonly target: {
    readonly kind: string
    readonly namespace: string
    readonly name: string
    /** Name of the engine's object whose root is meant. */
    readonly root: string
  }
  readonly field: string
  readonly value: Json
}

/** Edits the checkout as a person would by the command, commits and pushes; gives the files that changed. */
export async function committedEdit(
  { person, programs }: EngineScene,
  { target, field, value }: RepositoryEdit,
): Promise<readonly string[]> {
  const checkout = await openCheckout(person.folder, {
    inherited: process.env,
    kustomize: async () => programs.kustomize,
    helm: async () => programs.helm,
  })
  try {
    const { root, ...wanted } = target
    const candidates = await checkout.candidates({ ...wanted, group: undefined })
    const { roots } = await checkout.engines()
    const folder = roots.find(({ source }) => source.object.name === root)?.root.folder
    // An engine that adds nothing renders what is there anyway: a kustomization, or plain files.
    const isPlaced = ({ origin }: Candidate) =>
      folder !== undefined &&
      (origin.kind === 'plain' ? isBelow(origin.file, folder) : origin.root.folder === folder)
    const found =
      candidates.find(({ engine }) => engine?.source.object.name === root) ?? candidates.find(isPlaced)
    assert.ok(found, `${root} does not render ${wanted.kind} ${wanted.namespace}/${wanted.name}`)
    const edit = await checkout.edit(found, [{ op: 'set', field, value }], 'refuse')
    await checkout.write(edit)
    await person.commit({}, `Set ${field}`)
    return [...edit.files.keys()]
  } finally {
    await checkout.close()
  }
}
