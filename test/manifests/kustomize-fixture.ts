import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { FieldChange } from '#src/domain/change.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import type { TargetRef } from '#src/domain/target.ts'
import { folderObjects } from '#src/manifests/checkout/folder-objects.ts'
import { type Sharing, targetEditor } from '#src/manifests/edit-target.ts'
import { helmRunner } from '#src/manifests/helm/helm-process.ts'
import { kustomizer } from '#src/manifests/kustomize/kustomize-process.ts'
import { editProver } from '#src/manifests/prove-edit.ts'
import { type Rendered, rootRenderer } from '#src/manifests/render-root.ts'
import { renderedCandidates } from '#src/manifests/rendered-candidates.ts'
import type { RepositoryFiles } from '#src/manifests/repository-files.ts'
import { repositoryMapper } from '#src/manifests/repository-map.ts'
import { repositoryReader } from '#src/manifests/repository-reader.ts'
import { openScratch } from '#src/manifests/scratch.ts'
import { tracer } from '#src/manifests/trace.ts'
import { type Files, repositorySpec, temporaryFolder } from './git-fixture.ts'
import { kustomizeBinary } from './manifests-fixture.ts'

/** What an edit did, and what it took. */
export interface Outcome {
  /** `file:line` of each edit, as a person is told. */
  readonly at: readonly string[]
  /** Per file, its lines that went (`-`) and came (`+`). */
  readonly lines: Readonly<Record<string, readonly string[]>>
  readonly object: KubeObject
  readonly radius: readonly string[]
  /** Builds that kustomize was asked for, from tracing to the last proof. */
  readonly builds: number
}

export interface Checkout {
  readonly files: RepositoryFiles
  render(folder: string): Promise<Rendered>
  edit(target: TargetRef, changes: readonly FieldChange[], sharing?: Sharing): Promise<Outcome>
}

const binary = await kustomizeBinary()

/** A checkout with these files, and the real kustomize on it. */
export async function checkout(contents: Files): Promise<Checkout> {
  const folder = await temporaryFolder()
  for (const [path, content] of Object.entries(contents)) {
    await mkdir(dirname(join(folder, 'files', path)), { recursive: true })
    if (content === null) continue
    if (typeof content === 'object' && 'link' in content)
      await symlink(content.link, join(folder, 'files', path))
    else await writeFile(join(folder, 'files', path), content)
  }
  let builds = 0
  const build = kustomizer(binary)
  const reader = repositoryReader(folderObjects(join(folder, 'files')))
  const scratch = await openScratch(join(folder, 'scratch'))
  const renderer = rootRenderer(
    reader,
    (...given) => {
      builds++
      return build(...given)
    },
    scratch,
  )
  const spec = repositorySpec('https://git.example.com/infra', { paths: [{ path: '.' }] })
  const mapOf = repositoryMapper(spec, reader, renderer)
  const { trace } = tracer(spec, reader, renderer, mapOf)
  const rootsOf = async (files: RepositoryFiles) => {
    const { allRoots, decidedBy } = await mapOf(files)
    return { roots: allRoots, decidedBy }
  }
  const prove = editProver(reader, renderer, rootsOf, () => undefined)
  const charts = { reader, helm: helmRunner(undefined), scratch }
  const edit = targetEditor(reader, prove, renderedCandidates(reader, renderer, rootsOf, charts))
  const files = await reader.at('checkout')
  return {
    files,
    render: (root) => renderer.render(files, { folder: root }),
    async edit(target, changes, sharing = 'refuse') {
      const origin = await trace(files, target)
      const { edits, after, proof } = await edit(files, { origin, target, changes, sharing })
      const lines: Record<string, readonly string[]> = {}
      for (const [path, bytes] of after.changed) {
        const before = (await reader.read(files, [path])).get(path)
        lines[path] = lineDifference(text(before), text(bytes))
      }
      return {
        at: edits.map(({ file, line }) => `${file}:${line}`),
        lines,
        object: proof.object,
        radius: proof.radius.map(({ object, root }) => `${object} (${root})`),
        builds,
      }
    },
  }
}

function text(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes ?? new Uint8Array())
}

/** The lines between the common beginning and the common end. */
export function lineDifference(before: string, after: string): readonly string[] {
  const [old, present] = [before.split('\n'), after.split('\n')]
  let head = 0
  while (head < Math.min(old.length, present.length) && old[head] === present[head]) head++
  let tail = 0
  while (tail < Math.min(old.length, present.length) - head && old.at(-1 - tail) === present.at(-1 - tail))
    tail++
  const between = (lines: readonly string[], sign: string) =>
    lines.slice(head, lines.length - tail).map((line) => sign + line)
  return [...between(old, '-'), ...between(present, '+')]
}
