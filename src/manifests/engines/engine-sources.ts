import type { KubeObject } from '#src/domain/kube-object.ts'
import { type TargetRef, targetOf } from '#src/domain/target.ts'
import { expandApplicationSet } from './application-set.ts'
import { type ArgoSettings, argoApplication } from './argo-application.ts'
import { ARGO, type EngineObjects, engineObjects, FLUX_HELM, FLUX_KUSTOMIZE } from './engine-objects.ts'
import type { EngineSource, RepositoryTree } from './engine-source.ts'
import { fluxHelmRelease } from './flux-helm-release.ts'
import { fluxKustomization } from './flux-kustomization.ts'
import { type Trees, treesOf } from './tree-index.ts'

export interface EngineSettings {
  /** The repositories at hand. Without one, what depends on its files is a problem that says so. */
  readonly trees?: readonly RepositoryTree[]
  /** Where Argo CD runs; `argocd` unless told. */
  readonly controllerNamespace?: string
}

/**
 * What the GitOps engines make of which folders, read from their objects as they stand in Git or live in the cluster:
 * Flux Kustomizations and HelmReleases, Argo CD Applications, and those that ApplicationSets generate. Objects of other
 * kinds are only looked up (sources, ConfigMaps, projects). Never throws for what an object holds.
 */
export function engineSources(
  objects: readonly KubeObject[],
  settings: EngineSettings = {},
): readonly EngineSource[] {
  const known = engineObjects(objects)
  const trees = treesOf(settings.trees ?? [])
  const argo: ArgoSettings = { controllerNamespace: settings.controllerNamespace ?? 'argocd' }
  return [
    ...known.ofKind(FLUX_KUSTOMIZE, 'Kustomization').map((object) => fluxKustomization(known, trees, object)),
    ...known.ofKind(FLUX_HELM, 'HelmRelease').map((object) => fluxHelmRelease(known, trees, object)),
    ...known
      .ofKind(ARGO, 'Application')
      .flatMap((object) => argoApplication(known, trees, argo, object, generatorOf(object))),
    ...known.ofKind(ARGO, 'ApplicationSet').flatMap((object) => generated(known, trees, argo, object)),
  ]
}

/** The ApplicationSet that controls an Application. */
export function generatorOf(application: KubeObject): { readonly applicationSet: TargetRef } | undefined {
  const owner = application.metadata.ownerReferences?.find(
    ({ kind, apiVersion }) => kind === 'ApplicationSet' && apiVersion.startsWith(`${ARGO}/`),
  )
  if (owner === undefined) return undefined
  const { apiVersion, kind, name } = owner
  return { applicationSet: { apiVersion, kind, name, namespace: application.metadata.namespace ?? '' } }
}

/** Applications that live already are read as they are. */
function generated(
  known: EngineObjects,
  trees: Trees,
  argo: ArgoSettings,
  set: KubeObject,
): readonly EngineSource[] {
  const applicationSet = targetOf(set)
  const lives = (name: string) =>
    known.find(ARGO, 'Application', set.metadata.namespace ?? '', name) !== undefined
  const expansion = expandApplicationSet(trees, set)
  if ('applications' in expansion)
    return expansion.applications
      .filter(({ metadata }) => !lives(metadata.name))
      .flatMap((application) => argoApplication(known, trees, argo, application, { applicationSet }))
  const hasChildren = known
    .ofKind(ARGO, 'Application')
    .some(
      (application) =>
        application.metadata.namespace === set.metadata.namespace &&
        generatorOf(application)?.applicationSet.name === set.metadata.name,
    )
  if (hasChildren) return []
  return [
    {
      engine: 'argocd',
      object: applicationSet,
      field: 'spec.template',
      repositoryUrl: undefined,
      revision: { kind: 'unknown' },
      root: { problem: expansion.problem },
      valueSources: [],
      destination: {},
      holds: [],
    },
  ]
}
