import { canonicalJson, type JsonObject } from './json.ts'
import type { TargetRef } from './target.ts'

/**
 * One thing that is rendered as a whole, the way a person or an engine renders it. Paths are from the repository's root;
 * the empty path is that root.
 */
export interface Root {
  /** A folder with a kustomization, a chart (`helm` given), or plain manifests, those of its subfolders included. */
  readonly folder: string
  readonly helm?: HelmRoot
  readonly overrides?: KustomizeOverrides
}

/** How a chart is rendered: `helm template RELEASE FOLDER --namespace … --values …`. */
export interface HelmRoot {
  readonly release: string
  readonly namespace: string
  /** After the chart's own values.yaml; later ones win, maps are merged, lists are replaced. */
  readonly values: readonly ValuesLayer[]
  /** `v1.31.0`; absent: what the helm binary assumes. */
  readonly kubeVersion?: string
  readonly apiVersions?: readonly string[]
}

/** Values from a file, or written into an engine's object (`spec.values` of a HelmRelease, `valuesObject` of an Application). */
export type ValuesLayer =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'inline'; readonly values: JsonObject; readonly site: InlineSite }

/** The field of an engine's object that holds something which would otherwise stand in a file. */
export interface InlineSite {
  readonly object: TargetRef
  /** A field path: `spec.values`, `spec.source.helm.valuesObject`. */
  readonly field: string
}

/** What an engine adds to the folder's own kustomization (Flux `spec`, Argo CD `spec.source.kustomize`), in its terms. */
export interface KustomizeOverrides {
  readonly site: InlineSite
  readonly namespace?: string
  readonly namePrefix?: string
  readonly nameSuffix?: string
  readonly images?: readonly JsonObject[]
  readonly replicas?: readonly JsonObject[]
  readonly patches?: readonly JsonObject[]
  readonly components?: readonly string[]
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  /** Flux `postBuild`: values for `${NAME}` in what was built. Absent: texts are left as they are. */
  readonly substitute?: Readonly<Record<string, string>>
}

/** One text per root: its folder alone, unless more makes it. */
export function rootId(root: Root): string {
  const { folder, ...rest } = root
  return Object.keys(rest).length === 0
    ? folder
    : `${folder} ${canonicalJson(JSON.parse(JSON.stringify(rest)))}`
}

/** For people: `apps/web`, `charts/web (release web-prod)`; the repository's root is `.`. */
export function describeRoot({ folder, helm }: Root): string {
  return `${folder || '.'}${helm === undefined ? '' : ` (release ${helm.release})`}`
}
