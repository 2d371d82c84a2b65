import type { Json, JsonObject } from '#src/domain/json.ts'
import type { InlineSite } from '#src/domain/root.ts'
import type { TargetRef } from '#src/domain/target.ts'
import type { WantedRevision } from './engine-source.ts'
import type { Trees } from './tree-index.ts'

/** One source of an Application while it is read. */
export interface ArgoContext {
  readonly trees: Trees
  readonly application: TargetRef
  /** `NAME`, or `NAMESPACE_NAME` outside of Argo CD's own namespace: in file names, environment and tracking ids. */
  readonly instance: string
  readonly project: string
  /** Namespace of `spec.destination`. */
  readonly namespace: string
  /** `spec.source`, `spec.sources[1]`, `spec.sourceHydrator.drySource`. */
  readonly field: string
  readonly source: JsonObject
  /** By `$NAME`. */
  readonly refs: ReadonlyMap<string, ArgoRef>
  /** Where what stands at a field of the Application can be changed: itself, or the template it was generated from. */
  site(field: string): InlineSite
}

/** A source that others refer to with `$ref/…`. */
export interface ArgoRef {
  readonly repositoryUrl: string | undefined
  readonly revision: WantedRevision
}

/** What of a source counts after `.argocd-source*.yaml`, and where each of its parts stands. */
export interface MergedSource {
  readonly helm: Json | undefined
  readonly kustomize: Json | undefined
  readonly directory: Json | undefined
  readonly plugin: Json | undefined
  /** Where the field with this path below the source stands. */
  site(path: string): InlineSite
  /** The same, had no file been merged in. */
  ownSite(path: string): InlineSite
}

/**
 * Argo CD's build environment in a text (`$ARGOCD_APP_NAME`, `${…}`). What only a sync knows, such as the revision,
 * stays as it is.
 */
export function withEnvironment(context: ArgoContext, text: string): string {
  const source = context.source
  const known = new Map<string, unknown>([
    ['ARGOCD_APP_NAME', context.instance],
    ['ARGOCD_APP_NAMESPACE', context.namespace],
    ['ARGOCD_APP_PROJECT_NAME', context.project],
    ['ARGOCD_APP_SOURCE_PATH', source['path']],
    ['ARGOCD_APP_SOURCE_REPO_URL', source['repoURL']],
    ['ARGOCD_APP_SOURCE_TARGET_REVISION', source['targetRevision']],
  ])
  return text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (whole, braced?: string, plain?: string) => {
    const value = known.get(braced ?? plain ?? '')
    return typeof value === 'string' ? value : whole
  })
}
