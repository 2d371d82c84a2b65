import type { Cluster } from '#src/cluster/connect.ts'
import { Reflector } from '#src/cluster/reflector.ts'
import type { Config } from '#src/config/config.ts'
import { type PodSketch, projectPod } from '#src/detect/project-pod.ts'
import { type Mark, markOf, WATCHED_KINDS } from '#src/detect/state/mark.ts'
import { asOperatorError } from '#src/domain/errors.ts'
import { API_VERSION, isEnded, type Remediation } from '#src/domain/remediation.ts'
import { parseRemediation, REMEDIATION_KIND } from '#src/domain/remediation-wire.ts'
import type { NamespaceDetection } from '#src/reconcile/namespace-detection.ts'
import { FreshHints } from '#src/reconcile/round/fresh-hints.ts'
import type { Log } from '#src/runtime/log.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import type { Detections, Queues } from './work.ts'

const WITHOUT_STATUS = 2_000

/** Pods, in sketches: faults of containers are told by them alone. */
export function podReflector(
  config: Config,
  cluster: Cluster,
  log: Log,
  { detection, namespaces }: Detections,
  onSynced: () => void,
): Reflector<PodSketch> {
  return new Reflector<PodSketch>({
    ...reflecting(config, cluster, log),
    apiVersion: 'v1',
    kind: 'Pod',
    project: projectPod,
    handlers: {
      onUpsert: (pod, raw) => {
        detection.upsert(pod)
        const mark = markOf(raw)
        if (mark.troubled) namespaces.touch(mark.namespace)
      },
      onDelete: ({ uid }) => detection.remove(uid),
      onSynced: () => {
        log.info('pods listed')
        onSynced()
      },
    },
  })
}

/** Follows everything else that the checks look at. A few bytes are kept of each object: whether it matters that it changed. */
export function markReflectors(
  config: Config,
  cluster: Cluster,
  log: Log,
  namespaces: NamespaceDetection,
): readonly Reflector<Mark>[] {
  return WATCHED_KINDS.map(
    ([apiVersion, kind]) =>
      new Reflector<Mark>({
        ...reflecting(config, cluster, log),
        apiVersion,
        kind,
        project: markOf,
        handlers: {
          onUpsert: (mark, _raw, before) => namespaces.changed(mark, before),
          onDelete: ({ namespace }) => namespaces.touch(namespace),
          onSynced: () => undefined,
        },
      }),
  )
}

/** What is kept of each Remediation: enough to find it for a webhook. What is not one of ours is kept as nothing. */
export function remediationReflector(
  config: Config,
  cluster: Cluster,
  log: Log,
  queues: Pick<Queues, 'remediations' | 'rounds'>,
  onSynced: () => void,
): Reflector<Remediation | undefined> {
  const hints = new FreshHints()
  return new Reflector<Remediation | undefined>({
    ...reflecting(config, cluster, log),
    apiVersion: API_VERSION,
    kind: REMEDIATION_KIND,
    project: (object) => {
      try {
        return { ...parseRemediation(object), evidence: {} }
      } catch (error) {
        const { code, message } = asOperatorError(error)
        log.warn(message, { code })
        return undefined
      }
    },
    handlers: {
      onUpsert: (remediation, raw) => {
        if (remediation === undefined) return
        // A webhook's hint may be about a comment, too.
        const repository = hints.repositoryToVisit(remediation, raw)
        if (repository !== undefined) queues.rounds.add(repository)
        if (isEnded(remediation)) return
        const key = `${remediation.namespace}/${remediation.name}`
        // Whoever creates one writes its first status right after; only a crash between the two leaves it without.
        if (raw['status'] === undefined) queues.remediations.addAfter(key, WITHOUT_STATUS)
        else queues.remediations.add(key)
      },
      onDelete: (remediation) => hints.forget(remediation),
      onSynced: () => {
        log.info('Remediations listed')
        onSynced()
      },
    },
  })
}

function reflecting(config: Config, cluster: Cluster, log: Log) {
  const namespaces: 'all' | readonly string[] = config.watch.namespaces ?? 'all'
  return { cluster, clock: systemClock, random: Math.random, log, namespaces }
}
