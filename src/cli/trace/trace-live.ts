import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { objectArgument } from '#src/cli/edit/object-argument.ts'
import { isRefusal } from '#src/cli/edit/refusals.ts'
import type { Shell } from '#src/cli/shell.ts'
import { connectToCluster } from '#src/cluster/connect.ts'
import type { KubeApi } from '#src/cluster/kube-api.ts'
import type { Config } from '#src/config/config.ts'
import { loadConfig } from '#src/config/load-config.ts'
import { OperatorError } from '#src/domain/errors.ts'
import type { FieldPath } from '#src/domain/field-path.ts'
import type { RepositorySpec } from '#src/domain/repository.ts'
import { describeTarget, type TargetRef } from '#src/domain/target.ts'
import { findServer } from '#src/embedded/provision.ts'
import { claimedObjects } from '#src/manifests/engines/claimed-objects.ts'
import {
  type LiveEngine,
  liveEngine,
  sourceEngine,
  unreachable,
} from '#src/manifests/engines/target-engine.ts'
import type { Manifests } from '#src/manifests/manifests.ts'
import { openManifests } from '#src/manifests/open-manifests.ts'
import { IDENTITY } from '#src/open-repository.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { liveObject, targetOfArgument } from './live-object.ts'
import type { TraceReport } from './trace-report.ts'
import { fieldArgument, tellingField } from './traced-field.ts'

export interface LiveTraceOptions {
  readonly object: string
  readonly field: string | undefined
  /** The operator's configuration file. */
  readonly config: string
}

/**
 * Traces an object as the operator does: what claims the live object is confirmed in the cluster, and the line is found
 * at the tip of the base branch of the repository that is granted its namespace. Nothing is written, no credential goes
 * to a host that the configuration does not name.
 */
export async function traceLive(options: LiveTraceOptions, shell: Shell): Promise<TraceReport> {
  const target = targetOfArgument(objectArgument(options.object))
  const field = options.field === undefined ? undefined : fieldArgument(options.field)
  const config = await loadConfig({ env: shell.env, path: options.config })
  const cluster = connectToCluster({ kubeconfig: config.kubeconfig }, systemClock)
  try {
    const { engine, why } = await engineOf(cluster.api, target)
    return await inRepositories(config, { target, field, engine, why }, shell)
  } finally {
    await cluster.close()
  }
}

async function engineOf(api: KubeApi, target: TargetRef) {
  const { object, why } = await liveObject(api, target)
  if (object === undefined) return { engine: { links: [], problems: [] }, why }
  const engine = liveEngine(object, await claimedObjects(object, (ref) => api.get(ref)))
  return { engine, why: engine.links.length === 0 ? 'nothing on the live object names an engine' : undefined }
}

interface Asked {
  readonly target: TargetRef
  readonly field: FieldPath | undefined
  readonly engine: LiveEngine
  /** Why no engine is known. */
  readonly why: string | undefined
}

async function inRepositories(config: Config, asked: Asked, shell: Shell): Promise<TraceReport> {
  const { target } = asked
  const object = describeTarget(target)
  const granted = config.repositories.filter(({ namespaces }) => namespaces.includes(target.namespace))
  const stateFolder = await mkdtemp(join(tmpdir(), 'aiops-operator-trace-'))
  try {
    let last: OperatorError | undefined
    for (const spec of granted) {
      const why = unreachable(asked.engine, spec)
      if (why?.code === 'SourceElsewhere') {
        last = new OperatorError(why.code, why.sentence, { object })
        continue
      }
      const manifests = await opened(spec, config, stateFolder, shell)
      try {
        return await reportOn(manifests, spec, asked)
      } catch (error) {
        if (!isRefusal(error) || error.code !== 'NotInGit') throw error
        last = error
      }
    }
    throw (
      last ??
      new OperatorError('NotInGit', `no configured repository is granted namespace ${target.namespace}`, {
        object,
      })
    )
  } finally {
    await rm(stateFolder, { recursive: true, force: true })
  }
}

async function opened(
  spec: RepositorySpec,
  { renderer }: Config,
  stateFolder: string,
  { env, stderr }: Shell,
): Promise<Manifests> {
  const progress = (text: string) => void stderr.write(`${text}\n`)
  const kustomize = renderer.kustomize ?? (await findServer('kustomize', { env, progress }))
  return openManifests(spec, {
    ...{ stateFolder, inherited: env, identity: IDENTITY, renderer: kustomize },
    ...(renderer.helm !== undefined && { helm: renderer.helm }),
  })
}

async function reportOn(manifests: Manifests, spec: RepositorySpec, asked: Asked): Promise<TraceReport> {
  const { target, field, engine, why } = asked
  const revision = await manifests.fetch()
  const traced = await manifests.trace(target, revision)
  const located = await manifests.locate(traced, field ?? tellingField(traced.rendered))
  const roots = await manifests.engines(traced)
  const told = sourceEngine(
    engine,
    roots.map(({ source }) => source),
  )
  const pinned = unreachable(engine, spec)
  const [root] = roots
  const inGit = root === undefined ? [] : [...root.parents, root.source]
  const names = told?.confirmed
    ? engine.links.map(({ object }) => describeTarget(object)).reverse()
    : inGit.map(({ object }) => describeTarget(object))
  return {
    target,
    repository: traced.source.url,
    revision,
    root: traced.source.root || '.',
    ...located,
    engine: (told?.confirmed ? told.object : names.at(-1)) ?? 'unknown',
    confirmed: told?.confirmed ?? false,
    why: why ?? told?.why ?? 'nothing names an engine',
    chain: [...names.map((path) => ({ what: 'engine' as const, path })), ...located.chain],
    holds: [
      ...(told?.holds ?? []),
      ...(pinned === undefined || told?.holds.some(({ reason }) => reason === 'PinnedRevision')
        ? []
        : [{ reason: pinned.code, sentence: pinned.sentence }]),
    ],
  }
}
