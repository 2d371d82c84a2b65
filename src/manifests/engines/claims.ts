import { groupOf, type KubeObject } from '#src/domain/kube-object.ts'
import { FLUX_HELM, FLUX_KUSTOMIZE } from './engine-objects.ts'

/**
 * What labels or annotations of an object say of where it came from. Anybody can write them and controllers copy them to
 * what they create, so a claim leads nowhere before `confirm` has found the object in the engine's own inventory.
 */
export interface Claim {
  readonly engine: 'argocd' | 'flux' | 'helm'
  /** The label or annotation that says so. */
  readonly key: string
  readonly by: 'label' | 'annotation'
  /** Who applied it: an Application, a Kustomization, a HelmRelease, or a release of Helm. */
  readonly applier: Applier
}

export interface Applier {
  readonly kind: 'Application' | 'Kustomization' | 'HelmRelease' | 'Release'
  /** Undefined: Argo CD's own namespace. */
  readonly namespace: string | undefined
  readonly name: string
}

/** What argocd-cm says, where it is known. */
export interface TrackingSettings {
  /** application.resourceTrackingMethod; `annotation` unless told. */
  readonly trackingMethod?: 'annotation' | 'annotation+label' | 'label'
  /** application.instanceLabelKey; `app.kubernetes.io/instance` unless told. */
  readonly instanceLabelKey?: string
  readonly installationId?: string
}

const TRACKING_ID = 'argocd.argoproj.io/tracking-id'
const INSTALLATION_ID = 'argocd.argoproj.io/installation-id'
const RELEASE_NAME = 'meta.helm.sh/release-name'
const RELEASE_NAMESPACE = 'meta.helm.sh/release-namespace'

/** Every claim of an object, the engines' before Helm's. */
export function claimsOf(object: KubeObject, settings: TrackingSettings = {}): readonly Claim[] {
  const { trackingMethod = 'annotation' } = settings
  const argo = trackingMethod === 'label' ? labelClaim(object, settings) : annotationClaim(object, settings)
  return [
    ...(argo === undefined ? [] : [argo]),
    ...fluxClaim(object, FLUX_HELM, 'HelmRelease'),
    ...fluxClaim(object, FLUX_KUSTOMIZE, 'Kustomization'),
    ...helmClaim(object),
  ]
}

/** What a tracking id says: `APP:GROUP/KIND:NAMESPACE/NAME`; a name may hold colons, the other parts do not. */
export interface TrackingId {
  readonly application: { readonly namespace: string | undefined; readonly name: string }
  readonly group: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

export function parseTrackingId(text: string): TrackingId | undefined {
  const [, app, group, kind, namespace, name] =
    /^([^:]+):([^:/]*)\/([^:/]+):([^/]*)\/([^/]+)$/s.exec(text) ?? []
  const application = app === undefined ? undefined : instance(app)
  if (application === undefined || name === undefined) return undefined
  return { application, group: group ?? '', kind: kind ?? '', namespace: namespace ?? '', name }
}

/** `NAMESPACE_NAME`, or the name alone in Argo CD's own namespace; neither can hold an underscore itself. */
function instance(text: string): TrackingId['application'] | undefined {
  const [first = '', ...rest] = text.split('_')
  if (rest.length === 0) return first === '' ? undefined : { namespace: undefined, name: first }
  const [name = ''] = rest
  return rest.length > 1 || first === '' || name === '' ? undefined : { namespace: first, name }
}

/**
 * An id that names another object than the one that carries it was copied there; Argo CD ignores it too
 * (controller/state.go, isSelfReferencedObj). Cluster-scoped objects carry the Application's destination namespace.
 */
function annotationClaim(
  { apiVersion, kind, metadata }: KubeObject,
  settings: TrackingSettings,
): Claim | undefined {
  const { annotations, namespace = '', name } = metadata
  const id = parseTrackingId(annotations?.[TRACKING_ID] ?? '')
  if (id === undefined) return undefined
  const { installationId } = settings
  if (installationId !== undefined && annotations?.[INSTALLATION_ID] !== installationId) return undefined
  // After an upgrade of the API the id may still name the group that the kind once was in.
  const sameGroup = id.group === groupOf(apiVersion) || id.group === 'extensions'
  const isOwn =
    sameGroup && id.kind === kind && id.name === name && (namespace === '' || id.namespace === namespace)
  if (!isOwn) return undefined
  return {
    engine: 'argocd',
    key: TRACKING_ID,
    by: 'annotation',
    applier: { kind: 'Application', ...id.application },
  }
}

/** Only where Argo CD tracks by label: Helm charts set the same one for themselves. */
function labelClaim({ metadata }: KubeObject, settings: TrackingSettings): Claim | undefined {
  const key = settings.instanceLabelKey ?? 'app.kubernetes.io/instance'
  const application = instance(metadata.labels?.[key] ?? '')
  if (application === undefined) return undefined
  return { engine: 'argocd', key, by: 'label', applier: { kind: 'Application', ...application } }
}

function fluxClaim(
  { metadata }: KubeObject,
  group: string,
  kind: 'HelmRelease' | 'Kustomization',
): readonly Claim[] {
  const key = `${group}/name`
  const [name, namespace] = [metadata.labels?.[key], metadata.labels?.[`${group}/namespace`]]
  if (!name || !namespace) return []
  return [{ engine: 'flux', key, by: 'label', applier: { kind, namespace, name } }]
}

function helmClaim({ metadata }: KubeObject): readonly Claim[] {
  const [name, namespace] = [metadata.annotations?.[RELEASE_NAME], metadata.annotations?.[RELEASE_NAMESPACE]]
  if (!name || !namespace) return []
  return [
    { engine: 'helm', key: RELEASE_NAME, by: 'annotation', applier: { kind: 'Release', namespace, name } },
  ]
}

/** `Application shop`, `Kustomization flux-system/apps`. */
export function describeApplier({ kind, namespace, name }: Applier): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`
}
