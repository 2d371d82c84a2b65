import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { OperatorError } from '#src/domain/errors.ts'
import { isObject } from '#src/domain/json.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import type { Page } from './page.ts'
import { DANA, type Person, personWithClone } from './person.ts'
import { deployment, SHOP, shopFiles, TAG } from './shop.ts'
import type { Stage } from './stage.ts'
import type { Stopwatch } from './stopwatch.ts'

/** What every scene of the demo needs. */
export interface Cast {
  readonly stage: Stage
  readonly page: Page
  readonly watch: Stopwatch
  readonly env: NodeJS.ProcessEnv
  readonly stop: AbortSignal
}

const APPLY = ['apply', '--server-side', '-f']
/** Milliseconds. */
const HEALTHY_WITHIN = 60_000

/** The repository and the healthy workload. */
export async function introduce({ stage, page, watch, env, stop }: Cast): Promise<Person> {
  const { repositoryUrl, dir } = stage
  page.heading('Manifests repository')
  const dana = await personWithClone(DANA, repositoryUrl, join(dir, 'people'), env)
  for (const [path, text] of Object.entries(shopFiles())) await write(dana, path, text)
  await commit(dana, 'Run the shop')
  page.say(`${dana.name} pushed it over smart HTTP:`)
  page.quote(await dana.git('log', '--stat=72', '--format=%h %an: %s'))
  page.heading('Healthy workload')
  await apply(stage, page, dana)
  await healthy(stage, stop)
  page.quote(await show(stage))
  watch.lap('workload healthy')
  return dana
}

/** The commit that breaks it, and its way into the cluster. */
export async function breakWorkload({ stage, page, watch }: Cast, dana: Person): Promise<void> {
  page.heading('The change that breaks it')
  await write(dana, SHOP.deploymentFile, deployment(TAG.mistyped))
  await commit(dana, `web: release ${TAG.meant}`)
  page.say(`${dana.name} released ${TAG.meant}, and mistyped the tag:`)
  page.quote(await dana.git('show', '--format=%h %an: %s%n', '--unified=1'))
  await apply(stage, page, dana)
  watch.lap('broken by a commit')
}

async function write({ clone }: Person, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(clone, path)), { recursive: true })
  await writeFile(join(clone, path), text)
}

async function commit(person: Person, message: string): Promise<void> {
  await person.git('checkout', '--quiet', '-B', 'main')
  await person.git('add', '--all')
  await person.git('commit', '--quiet', '--message', message)
  await person.git('push', '--quiet', 'origin', 'main')
}

async function apply({ kubectl }: Stage, page: Page, { name, clone }: Person): Promise<void> {
  page.say(`${name} runs: kubectl ${[...APPLY, SHOP.folder].join(' ')}`)
  page.quote(await kubectl(...APPLY, join(clone, SHOP.folder)))
}

/** The Deployment and its pods as kubectl shows them. */
export async function show({ kubectl }: Stage): Promise<string> {
  return kubectl('-n', SHOP.namespace, 'get', 'deployments,pods')
}

async function healthy({ cluster }: Stage, stop: AbortSignal): Promise<void> {
  const { namespace, deployment: name } = SHOP
  const end = systemClock.monotonic() + HEALTHY_WITHIN
  while (systemClock.monotonic() < end) {
    const found = await cluster.api.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name })
    const spec = found?.['spec']
    const status = found?.['status']
    if (isObject(spec) && isObject(status) && status['availableReplicas'] === spec['replicas']) return
    await systemClock.sleep(100)
    stop.throwIfAborted()
  }
  throw new OperatorError('ServerFailed', `is not available after ${HEALTHY_WITHIN / 1000} s`, {
    object: `Deployment ${namespace}/${name}`,
  })
}
