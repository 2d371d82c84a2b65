import type { KubeApi } from '#src/cluster/kube-api.ts'
import { familyOf, findingsOf } from '#src/detect/checks.ts'
import type { FaultPlace } from '#src/detect/health.ts'
import { projectPod } from '#src/detect/project-pod.ts'
import { OperatorError } from '#src/domain/errors.ts'
import type { GitVersion, WorkloadSnapshot } from '#src/domain/evidence.ts'
import type { Fault } from '#src/domain/fault.ts'
import { isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import type { StateFinding } from '#src/domain/state-finding.ts'
import { describeTarget } from '#src/domain/target.ts'
import { milliseconds, rfc3339 } from '#src/domain/time.ts'
import { boundJson, cutAtWord, EVIDENCE_LIMIT, jsonBytes, lastLines, leftOut, PART_BUDGET } from './bound.ts'
import { cleanText, looksBinary } from './clean-text.ts'
import { readEvents } from './events.ts'
import { commitExcerpt, eventExcerpts, podExcerpt, revisionExcerpts, workloadExcerpt } from './excerpts.ts'
import type { Redactor } from './redact.ts'

export interface GatherPorts {
  readonly api: Pick<KubeApi, 'list' | 'log'>
  readonly redactor: Redactor
}

const LOG_LINES = 50
const LOG_BYTES = 256 * 1024
/** Before redaction: what is redacted reaches well beyond what is kept, so no cut hides half a secret. */
const RAW_LINE = 4096
const RAW_LOG = { lines: LOG_LINES, lineLength: RAW_LINE, bytes: 96 * 1024 }
const SHOWN_LOG = { lines: LOG_LINES, lineLength: 1000, bytes: PART_BUDGET.logs / 2 - 256 }
const NAMES_SHOWN = 20

/**
 * spec.evidence: `{collectedAt, fault, finding: {sentence, severity, shownBy, affected}, pod, workload, events, logs: {pod, container, current, previous}, revisions,
 * failingPods: {count, names}, gitHistory: [{commit, author, date, subject}]}`. Redacted, then bounded (bound.ts). A log that is missing is a member of `logs.notes`,
 * never an error: evidence is gathered from what is there. The cluster is read while `commits` are still on their way.
 */
export async function gatherEvidence(
  ports: GatherPorts,
  snapshot: WorkloadSnapshot,
  fault: Fault,
  now: number,
  commits: Promise<readonly GitVersion[]> = Promise.resolve([]),
  finding?: StateFinding,
): Promise<JsonObject> {
  const failing = failingPods(snapshot, fault, now)
  const pod = failing[0] ?? newestOf(snapshot.pods)
  const [events, logs, history] = await Promise.all([
    readEvents(ports.api, snapshot),
    pod === undefined || fault.container === ''
      ? { notes: [pod === undefined ? 'no pod exists' : 'no container is at fault'] }
      : readLogs(ports.api, pod, fault),
    commits,
  ])
  const raw = {
    fault: faultExcerpt(fault),
    ...(finding !== undefined && { finding: findingExcerpt(finding) }),
    ...(pod !== undefined && { pod: podExcerpt(pod) }),
    workload: workloadExcerpt(snapshot.workload, fault),
    events: eventExcerpts(events),
    logs,
    revisions: revisionExcerpts(snapshot),
    ...(history.length > 0 && { gitHistory: history.map(commitExcerpt) }),
    failingPods: {
      count: failing.length,
      names: failing.slice(0, NAMES_SHOWN).map(({ metadata }) => metadata.name),
    },
  }
  const redacted = await ports.redactor.json(raw)
  return bounded(isObject(redacted) ? redacted : {}, now)
}

function bounded(parts: JsonObject, now: number): JsonObject {
  const evidence: Record<string, Json> = { collectedAt: rfc3339(now) }
  for (const [part, budget] of Object.entries(PART_BUDGET)) {
    const value = parts[part]
    if (value !== undefined) evidence[part] = boundJson(part === 'logs' ? shownLogs(value) : value, budget)
  }
  if (jsonBytes(evidence) <= EVIDENCE_LIMIT) return evidence
  return { collectedAt: rfc3339(now), note: leftOut(jsonBytes(evidence)) }
}

function faultExcerpt({ reason, family, role, container, field, message }: Fault): JsonObject {
  return { reason, family, role, container, field, message }
}

function findingExcerpt({ sentence, severity, evidence, affected }: StateFinding): JsonObject {
  return {
    sentence,
    severity,
    shownBy: evidence.map((each) => ({ ...each })),
    affected: affected.map(({ target }) => describeTarget(target)),
  }
}

/** Pods that show the fault now, the newest first. */
function failingPods(snapshot: WorkloadSnapshot, fault: FaultPlace, now: number): readonly KubeObject[] {
  const shows = (pod: KubeObject) =>
    findingsOf(projectPod(pod), now, { stableForMs: 0 }).some(
      (finding) => finding.container === fault.container && familyOf(finding) === fault.family,
    )
  return snapshot.pods.filter(shows).toSorted((a, b) => createdAt(b) - createdAt(a))
}

function newestOf(pods: readonly KubeObject[]): KubeObject | undefined {
  return pods.toSorted((a, b) => createdAt(b) - createdAt(a))[0]
}

function createdAt(pod: KubeObject): number {
  return milliseconds(pod.metadata.creationTimestamp) ?? 0
}

async function readLogs(
  api: GatherPorts['api'],
  pod: KubeObject,
  { container }: FaultPlace,
): Promise<JsonObject> {
  const [current, previous] = await Promise.all([
    readLog(api, pod, container, false),
    readLog(api, pod, container, true),
  ])
  const notes = [current, previous].flatMap((log) => ('note' in log ? [log.note] : []))
  return {
    pod: pod.metadata.name,
    container,
    ...('text' in current && { current: current.text }),
    ...('text' in previous && { previous: previous.text }),
    ...(notes.length > 0 && { notes }),
  }
}

type Log = { readonly text: string } | { readonly note: string }

async function readLog(
  api: GatherPorts['api'],
  pod: KubeObject,
  container: string,
  previous: boolean,
): Promise<Log> {
  const which = previous ? 'previous log' : 'current log'
  try {
    const where = { namespace: pod.metadata.namespace ?? '', name: pod.metadata.name }
    const options = { container, previous, tailLines: LOG_LINES, limitBytes: LOG_BYTES }
    const text = await api.log(where, options)
    if (text === undefined) return { note: `${which}: there is none` }
    if (text.trim() === '') return { note: `${which}: empty` }
    if (looksBinary(text)) return { note: `${which}: not text, ${leftOut(Buffer.byteLength(text)).slice(2)}` }
    const lines = cleanText(text)
      .split('\n')
      .map((line) => cutAtWord(line, RAW_LINE))
    return { text: lastLines(lines.join('\n'), RAW_LOG) }
  } catch (error) {
    return {
      note: `${which}: could not be read (${error instanceof OperatorError ? error.code : 'Internal'})`,
    }
  }
}

function shownLogs(logs: Json): Json {
  if (!isObject(logs)) return logs
  const shown = Object.entries(logs).map(([key, value]) => {
    const isLog = (key === 'current' || key === 'previous') && typeof value === 'string'
    return [key, isLog ? lastLines(value, SHOWN_LOG) : value] as const
  })
  return Object.fromEntries(shown)
}
