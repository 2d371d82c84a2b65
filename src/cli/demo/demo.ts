import { join } from 'node:path'
import { EXIT } from '#src/cli/exit-code.ts'
import { failureText } from '#src/cli/failure-text.ts'
import { type Shell, untilStopped } from '#src/cli/shell.ts'
import { type Operator, startOperator } from '#src/operator.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { leaveRunning } from './keep.ts'
import { writeOperatorConfig } from './operator-config.ts'
import { openOperatorLog } from './operator-log.ts'
import { openPage, type Page } from './page.ts'
import { breakWorkload, type Cast, introduce } from './prologue.ts'
import { repair } from './repair.ts'
import { buildStage, type Stage } from './stage.ts'
import { Stopwatch } from './stopwatch.ts'
import { EndedOtherwise, Story } from './story.ts'

export interface DemoOptions {
  /** Wait until a person merges. */
  readonly interactive: boolean
  /** Leave everything running at the end. */
  readonly keep: boolean
}

/** What is open and has to be closed, in whatever state the demo ends. */
interface Open {
  stage?: Stage
  operator?: Operator
  complaints: () => readonly string[]
  kept: boolean
}

/** Milliseconds. */
const LAST_WORD = 5_000

/** Shows the whole job, and leaves nothing behind. Resolves with the exit code. */
export async function demo(options: DemoOptions, shell: Shell): Promise<number> {
  const page = openPage(shell.stdout, shell.stop)
  const open: Open = { complaints: () => [], kept: false }
  const playing = play(page, options, shell, open)
  try {
    const ended = await Promise.race([untilStopped(shell.stop), playing])
    if (ended === undefined) return EXIT.ok
    shell.stderr.write('\nInterrupted: stopping all servers and removing their files.\n')
    // What is in the middle of a git or kubectl command ends at its next word; a long build is not waited for.
    await Promise.race([playing.catch(() => undefined), systemClock.sleep(LAST_WORD)])
    return EXIT.interrupted[ended]
  } catch (error) {
    shell.stderr.write(`\nThe demo failed.\n${words(error)}`)
    const complaints = open.complaints()
    if (complaints.length > 0)
      shell.stderr.write(`The operator's last complaints:\n${complaints.join('\n')}\n`)
    return EXIT.failed
  } finally {
    if (!open.kept) await close(open)
  }
}

function words(error: unknown): string {
  if (!(error instanceof EndedOtherwise)) return failureText(error)
  const remedy = error.remedy === undefined ? '' : `What to do: ${error.remedy}\n`
  return `${error.message}\n${remedy}`
}

async function close({ operator, stage }: Open): Promise<void> {
  try {
    await operator?.stop()
  } finally {
    await stage?.close()
  }
}

async function play(page: Page, options: DemoOptions, shell: Shell, open: Open): Promise<undefined> {
  const watch = new Stopwatch(systemClock)
  page.say('A broken Deployment becomes a pull request; merging it repairs the cluster.')
  page.heading('Servers')
  const stage = await buildStage(shell.env, (line) => page.say(line))
  open.stage = stage
  watch.lap('servers started')
  tellServers(page, stage)
  const cast: Cast = { stage, page, watch, env: shell.env, stop: shell.stop }
  const dana = await introduce(cast)
  const story = new Story(systemClock, shell.stop)
  const { path, config } = await writeOperatorConfig(stage)
  const { log, complaints } = openOperatorLog(config, shell.env, join(stage.dir, 'operator.log'))
  open.complaints = complaints
  page.heading('Operator')
  open.operator = await startOperator({ config, log, env: shell.env, observer: story, recheckMs: 500 })
  await open.operator.synced
  page.say(
    `Runs in this process, as \`run --config operator.yaml\` would, and follows pods and Remediations.`,
  )
  watch.lap('operator started')
  await breakWorkload(cast, dana)
  const outcome = await repair({ ...cast, story, interactive: options.interactive })
  page.heading(outcome === 'recovered' ? 'Time' : 'Time until the rejection')
  page.table(watch.rows())
  if (options.keep) {
    await open.operator.stop()
    await leaveRunning({ stage, config, configFile: path, page, shell })
    open.kept = true
  } else page.say('\nAll servers are stopped now, and their files removed.')
  return undefined
}

function tellServers(page: Page, { controlPlane, repositoryUrl }: Stage): void {
  page.say(
    'Running on loopback: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, and kwok in place of nodes.',
  )
  page.table([
    ['API server', controlPlane.url],
    ['manifests', repositoryUrl],
  ])
}
