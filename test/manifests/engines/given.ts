import assert from 'node:assert/strict'
import { isKubeObject, type KubeObject } from '#src/domain/kube-object.ts'
import type { RepositoryTree } from '#src/manifests/engines/engine-source.ts'
import { isUnparsable, parseManifestText } from '#src/manifests/yaml/yaml-text.ts'

/** The objects of a text of YAML. */
export function objectsIn(text: string): readonly KubeObject[] {
  return documents(text).map((json: unknown) => {
    assert.ok(isKubeObject(json), JSON.stringify(json))
    return json
  })
}

/** A repository whose files are these texts. */
export function treeOf(repositoryUrl: string, files: Readonly<Record<string, string>>): RepositoryTree {
  return {
    repositoryUrl,
    paths: () => Object.keys(files).sort(),
    json: (path) => documents(files[path] ?? '')[0],
    text: (path) => files[path],
  }
}

function documents(text: string) {
  const parsed = parseManifestText(text)
  assert.ok(!isUnparsable(parsed), 'error' in parsed ? parsed.error : '')
  return parsed.documents.map(({ json }) => json).filter((json) => json !== null)
}
