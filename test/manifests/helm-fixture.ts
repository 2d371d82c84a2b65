import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { FieldChange } from '#src/domain/change.ts'
import { parseFieldPath, valueAt } from '#src/domain/field-path.ts'
import type { Json } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import type { HelmRoot, Root, ValuesLayer } from '#src/domain/root.ts'
import type { TargetRef } from '#src/domain/target.ts'
import { findServer } from '#src/embedded/provision.ts'
import { folderObjects } from '#src/manifests/checkout/folder-objects.ts'
import { chartClosureOf } from '#src/manifests/helm/helm-chart.ts'
import { type HelmCandidate, helmEditCandidates } from '#src/manifests/helm/helm-edit-candidates.ts'
import { objectsPrinted, printedDocuments } from '#src/manifests/helm/helm-output.ts'
import { type Helm, helmRunner } from '#src/manifests/helm/helm-process.ts'
import { withChart } from '#src/manifests/helm/helm-render.ts'
import type { RepositoryFiles } from '#src/manifests/repository-files.ts'
import { type RepositoryReader, repositoryReader } from '#src/manifests/repository-reader.ts'
import { openScratch } from '#src/manifests/scratch.ts'
import { isTarget } from '#src/manifests/target-match.ts'
import { editManifestText, jsonAt } from '#src/manifests/yaml/edit-manifest-text.ts'
import { type Files, temporaryFolder } from './git-fixture.ts'

export async function helmBinary(): Promise<string> {
  return findServer('helm', { progress: (line) => process.stderr.write(`${line}\n`) })
}

/** What one edit came to. */
export interface Edited {
  /** `FILE:LINE`, and the lines that the edit left there. */
  readonly where: string
  readonly removed: readonly string[]
  readonly added: readonly string[]
  readonly also: readonly string[]
  readonly runs: number
  /** The target rendered from the edited files. */
  readonly after: KubeObject | undefined
}

export interface Repository {
  readonly files: RepositoryFiles
  readonly reader: RepositoryReader
  readonly scratchFolder: string
  render(root: Root, files?: RepositoryFiles): Promise<readonly KubeObject[]>
  renderWith(helm: Helm, root: Root): Promise<readonly KubeObject[]>
  candidates(root: Root, target: TargetRef, change: FieldChange): Promise<readonly HelmCandidate[]>
  /** The first candidate, spliced into its file and rendered again. */
  edit(root: Root, target: TargetRef, change: FieldChange): Promise<Edited>
}

/** Files on disk, and helm on them. */
export async function helmRepository(contents: Files, binary: string): Promise<Repository> {
  const folder = await temporaryFolder()
  for (const [path, content] of Object.entries(contents)) {
    if (content === null) continue
    await mkdir(dirname(join(folder, path)), { recursive: true })
    if (typeof content === 'object' && 'link' in content) await symlink(content.link, join(folder, path))
    else await writeFile(join(folder, path), content)
  }
  const reader = repositoryReader(folderObjects(folder))
  const files = await reader.at('0'.repeat(40))
  const scratchFolder = await temporaryFolder()
  const tools = { reader, helm: helmRunner(binary), scratch: await openScratch(scratchFolder) }
  async function renderWith(
    helm: Helm,
    root: Root,
    shown: RepositoryFiles = files,
  ): Promise<readonly KubeObject[]> {
    const closure = await chartClosureOf(reader, shown, root)
    const output = await withChart({ ...tools, helm }, shown, root, closure, (run) => run())
    const objects = objectsPrinted(printedDocuments(output))
    if ('error' in objects) throw new Error(objects.error)
    return objects.map(({ object }) => object)
  }
  const render = (root: Root, shown?: RepositoryFiles) => renderWith(tools.helm, root, shown)
  const located = (root: Root, target: TargetRef, change: FieldChange) =>
    helmEditCandidates(tools, files, root, target, change)
  return {
    files,
    reader,
    scratchFolder,
    render,
    renderWith,
    candidates: async (root, target, change) => (await located(root, target, change)).candidates,
    async edit(root, target, change) {
      const { candidates, runs } = await located(root, target, change)
      const [first] = candidates
      if (first?.kind !== 'file') throw new Error('the first candidate is in no file')
      const { file, place, change: changed } = first.candidate
      const text = Buffer.from((await reader.read(files, [file])).get(file) ?? '').toString()
      const documents = (await reader.parse(files, [file])).get(file)
      const present = jsonAt(Array.isArray(documents) ? (documents[0] as Json) : undefined, place.at)
      const value = changed(present ?? null)
      if (value === undefined) throw new Error('the candidate changes nothing')
      const edited = editManifestText(text, place, value)
      const after = files.with(new Map([[file, new TextEncoder().encode(edited.text)]]))
      const namespace = root.helm?.namespace ?? ''
      const [was, is] = [text.split('\n'), edited.text.split('\n')]
      return {
        where: `${file}:${edited.line}`,
        removed: was.filter((line) => !is.includes(line)),
        added: is.filter((line) => !was.includes(line)),
        also: first.also,
        runs,
        after: (await render(root, after)).find((object) => isTarget(object, target, namespace)),
      }
    },
  }
}

export function chartRoot(
  folder: string,
  values: readonly (string | ValuesLayer)[] = [],
  more: Partial<HelmRoot> = {},
): Root {
  const layers = values.map((each) =>
    typeof each === 'string' ? ({ kind: 'file', path: each } as const) : each,
  )
  return { folder, helm: { release: 'shop', namespace: 'shop', values: layers, ...more } }
}

export function fieldOf(object: KubeObject | undefined, field: string): Json | undefined {
  return object === undefined ? undefined : valueAt(asJson(object), parseFieldPath(field))
}

export function set(field: string, value: Json): FieldChange {
  return { op: 'set', field, value }
}
