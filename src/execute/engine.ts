import type { KubeObject } from '#src/domain/kube-object.ts'

/** A claim that something other than this operator writes the object from Git or from a custom resource. */
export interface EngineClaim {
  readonly engine: 'argocd' | 'flux' | 'other' | 'controller'
  /** One sentence: which label, annotation, field manager or owner says so. */
  readonly why: string
}

/** What is known of the engines in this cluster beyond the object itself. */
export interface EngineEvidence {
  /** application.instanceLabelKey of Argo CD. */
  readonly instanceLabelKey?: string
  /** Names of Argo CD Applications; only with them does an instance label claim anything: Helm charts set the same one. */
  readonly applications?: readonly string[]
}

const DEFAULT_INSTANCE_LABEL = 'app.kubernetes.io/instance'

/** Domains of labels and annotations that GitOps engines put on what they apply, their subdomains included. */
const KEY_DOMAINS: readonly (readonly [domain: string, engine: EngineClaim['engine']])[] = [
  ['argocd.argoproj.io', 'argocd'],
  ['toolkit.fluxcd.io', 'flux'],
  ['fluxcd.io', 'flux'],
  ['objectset.rio.cattle.io', 'other'],
  ['fleet.cattle.io', 'other'],
  ['configmanagement.gke.io', 'other'],
  ['configsync.gke.io', 'other'],
  ['kapp.k14s.io', 'other'],
  ['kluctl.io', 'other'],
  ['pipecd.dev', 'other'],
]

const MANAGERS: readonly (readonly [pattern: RegExp, engine: EngineClaim['engine']])[] = [
  [/^argocd-/, 'argocd'],
  [/^(kustomize-controller|helm-controller|gotk-.*|flux(-.*)?)$/, 'flux'],
  [/^(fleetagent|fleet-agent|configsync|kapp|kapp-controller|kluctl|kluctl-controller|piped)$/, 'other'],
]

/**
 * Whether a GitOps engine or a controller claims the object. In doubt yes: what an engine writes is the engine's. Helm
 * (`app.kubernetes.io/managed-by: Helm`, manager `helm`) is no engine, nobody reconciles with it.
 */
export function engineOf(live: KubeObject, evidence: EngineEvidence = {}): EngineClaim | undefined {
  return keyClaim(live) ?? managerClaim(live) ?? instanceClaim(live, evidence) ?? ownerClaim(live)
}

/** The engine that uses this field manager name. */
export function engineOfManager(manager: string): EngineClaim['engine'] | undefined {
  return MANAGERS.find(([pattern]) => pattern.test(manager))?.[1]
}

function keyClaim({ metadata }: KubeObject): EngineClaim | undefined {
  const keys = (['label', 'annotation'] as const).flatMap((what) =>
    Object.keys((what === 'label' ? metadata.labels : metadata.annotations) ?? {}).map((key) => ({
      what,
      key,
    })),
  )
  for (const { what, key } of keys) {
    const prefix = key.split('/')[0] ?? ''
    const known = KEY_DOMAINS.find(([domain]) => prefix === domain || prefix.endsWith(`.${domain}`))
    if (known && key.includes('/')) return { engine: known[1], why: `it carries the ${what} ${key}` }
  }
  return undefined
}

function managerClaim({ metadata }: KubeObject): EngineClaim | undefined {
  for (const { manager } of metadata.managedFields ?? []) {
    const engine = engineOfManager(manager)
    if (engine !== undefined) return { engine, why: `the field manager ${manager} owns fields of it` }
  }
  return undefined
}

function instanceClaim({ metadata }: KubeObject, evidence: EngineEvidence): EngineClaim | undefined {
  const key = evidence.instanceLabelKey ?? DEFAULT_INSTANCE_LABEL
  const instance = metadata.labels?.[key]
  if (instance === undefined || !(evidence.applications ?? []).includes(instance)) return undefined
  return { engine: 'argocd', why: `its label ${key} names the Argo CD Application ${instance}` }
}

function ownerClaim({ metadata }: KubeObject): EngineClaim | undefined {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true)
  if (owner === undefined) return undefined
  return {
    engine: 'controller',
    why: `it is controlled by ${owner.kind} ${owner.name}, which would undo the change`,
  }
}
