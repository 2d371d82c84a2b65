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
  /** Of a chart: what its output goes through (a HelmRelease's `postRenderers`). */
  readonly overrides?: KustomizeOverrides
  /** Only for plain manifests: which files of the folder count. Absent: every manifest below it. */
  readonly plain?: PlainRoot
}

/** Argo CD's `directory` source: patterns are matched with the file's path below the folder. */
export interface PlainRoot {
  /** False: only the files that stand in the folder itself. */
  readonly recurse: boolean
  readonly include?: string
  readonly exclude?: string
}

/** How a chart is rendered: `helm template RELEASE FOLDER --namespace … --values …`. */
export interface HelmRoot {
  readonly release: string
  readonly namespace: string
  /** The chart is this archive in the repository (`charts/web-1.2.3.tgz`), and not the folder, where the archive stands. */
  readonly archive?: string
  /** The chart's own values.yaml does not count, only `values` do (Flux `valuesFiles` that leave it out). */
  readonly withoutOwnValues?: boolean
  /** After the chart's own values.yaml; later ones win, maps are merged, lists are replaced. */
  readonly values: readonly ValuesLayer[]
  /** `v1.31.0`; absent: what the helm binary assumes. */
  readonly kubeVersion?: string
  readonly apiVersions?: readonly string[]
  /** Objects of the chart's `crds/` too. Absent: yes, as Argo CD does unless told `skipCrds`. */
  readonly includeCrds?: boolean
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
  /** The field is a text of YAML: `spec.source.helm.values`, `data["values.yaml"]` of a ConfigMap. */
  readonly text?: boolean
  /** The field holds the one value at this path of the values (a Helm parameter), not the values themselves. */
  readonly valueAt?: string
  /** It stands in this file of the repository rather than in the object's manifest: Argo CD's `.argocd-source.yaml`. */
  readonly file?: string
}

/** What an engine adds to the folder's own kustomization (Flux `spec`, Argo CD `spec.source.kustomize`), in its terms. */
export interface KustomizeOverrides {
  /** Where they stand: a member `images` at the field `images` below `site.field`, unless `sites` says otherwise. */
  readonly site: InlineSite
  /** Members that stand elsewhere: Flux keeps `namespace` in `spec.targetNamespace`. */
  readonly sites?: Readonly<Record<string, InlineSite>>
  readonly namespace?: string
  readonly namePrefix?: string
  readonly nameSuffix?: string
  readonly images?: readonly JsonObject[]
  readonly replicas?: readonly JsonObject[]
  readonly patches?: readonly JsonObject[]
  readonly components?: readonly string[]
  /** On the objects' own metadata only (Flux `commonMetadata`). */
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  /** As kustomize's `commonLabels`: selectors and pod templates too. */
  readonly commonLabels?: Readonly<Record<string, string>>
  /** As kustomize's `commonAnnotations`: pod templates too. */
  readonly commonAnnotations?: Readonly<Record<string, string>>
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
