import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { findServer } from '#src/embedded/provision.ts'
import { renderChart } from '../../deploy/render-base.ts'

export const DEPLOY = join(import.meta.dirname, '../../deploy')

/** What helm makes of the chart, ordered by kind and name. */
export async function fromChart(...options: readonly string[]): Promise<readonly KubeObject[]> {
  return objectsIn(await renderChart(...options))
}

/** What kustomize makes of a folder below deploy/, in the same order. */
export async function fromKustomize(folder: string): Promise<readonly KubeObject[]> {
  return objectsIn(await kustomized(folder))
}

export async function kustomized(folder: string): Promise<string> {
  const kustomize = await findServer('kustomize', {
    progress: (line) => void process.stderr.write(`${line}\n`),
  })
  const args = ['build', join(DEPLOY, folder)]
  return (await promisify(execFile)(kustomize, args, { maxBuffer: 2 ** 25 })).stdout
}

/** Kubernetes reads YAML 1.1: 0440 is octal. */
export function objectsIn(text: string): readonly KubeObject[] {
  const objects = parseAllDocuments(text, { version: '1.1' })
    .map((document): KubeObject | null => document.toJS())
    .filter((object) => object !== null)
  const key = ({ kind, metadata }: KubeObject) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`
  return objects.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
}
