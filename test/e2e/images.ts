/** Fields of a container: what it runs. */
export interface Behaviour {
  readonly command?: readonly string[]
  readonly args?: readonly string[]
}

/** Real images of one registry, and how to make them run or crash. */
export interface Images {
  /** Can be pulled, and runs for ever with `run`. */
  readonly good: string
  /** No registry has it. */
  readonly missing: string
  /** Can be pulled, and ends at once with `run`. */
  readonly crashing: string
  readonly run: Behaviour
  /** The good image writes CRASH_MESSAGE to its log with it, and exits with another code than 0. */
  readonly crash: Behaviour
}

/** Small public images for amd64 and arm64. `pause` has no shell: what busybox runs cannot start in it. */
const PUBLIC = {
  good: 'registry.k8s.io/e2e-test-images/busybox:1.29-4',
  crashing: 'registry.k8s.io/pause:3.10',
}
const MISSING_TAG = 'aiops-operator-missing'
const RUN: Behaviour = {
  command: ['sh', '-c', "trap 'exit 0' TERM; echo serving; while :; do sleep 1; done"],
}
const CRASH: Behaviour = { command: ['sh', '-c', 'echo "FATAL: $CRASH_MESSAGE" >&2; exit 3'] }

/** What E2E_GOOD_IMAGE, E2E_BAD_TAG, E2E_CRASHING_IMAGE, E2E_RUN and E2E_CRASH say, else the public images. */
export function imagesFrom(env: NodeJS.ProcessEnv): Images {
  const good = env['E2E_GOOD_IMAGE'] || PUBLIC.good
  const repository = good.replace(/(@[^@]*|:[^:/]*)$/, '')
  return {
    good,
    missing: `${repository}:${env['E2E_BAD_TAG'] || MISSING_TAG}`,
    crashing: env['E2E_CRASHING_IMAGE'] || PUBLIC.crashing,
    run: behaviour(env, 'E2E_RUN') ?? RUN,
    crash: behaviour(env, 'E2E_CRASH') ?? CRASH,
  }
}

/** The lab's own images: one static program that serves, or crashes when it is told to. */
export function labImages(registry: string): Record<string, string> {
  return {
    E2E_GOOD_IMAGE: `${registry}/web:1.1`,
    E2E_BAD_TAG: '9.9',
    E2E_CRASHING_IMAGE: `${registry}/web:2.0`,
    E2E_RUN: JSON.stringify({}),
    E2E_CRASH: JSON.stringify({ args: ['crash'] }),
  }
}

function behaviour(env: NodeJS.ProcessEnv, name: string): Behaviour | undefined {
  const text = env[name]
  if (!text) return undefined
  const parsed: unknown = JSON.parse(text)
  if (!isBehaviour(parsed)) throw new Error(`${name} has to be {"command": […], "args": […]}, both optional`)
  return parsed
}

function isBehaviour(value: unknown): value is Behaviour {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.entries(value).every(
    ([key, words]) =>
      (key === 'command' || key === 'args') &&
      Array.isArray(words) &&
      words.every((word) => typeof word === 'string'),
  )
}
