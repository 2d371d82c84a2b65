import { join } from 'node:path'
import type { Plan, PullRequestRef } from '#src/domain/remediation.ts'
import { runCommand } from '#src/embedded/run-command.ts'
import { systemClock } from '#src/runtime/system-clock.ts'
import { operatorWrites } from './audit.ts'
import {
  tellApproval,
  tellDryRunAndApply,
  tellEvidence,
  tellFault,
  tellGates,
  tellProposal,
  tellPullRequest,
} from './narration.ts'
import { type Person, personWithClone, ROBIN } from './person.ts'
import { type Cast, show } from './prologue.ts'
import { SHOP } from './shop.ts'
import type { Story } from './story.ts'

export interface Repair extends Cast {
  readonly story: Story
  /** A person merges, and takes the time they need. */
  readonly interactive: boolean
}

/** The longest that any one step of the operator may take, on a machine that has better things to do. Milliseconds. */
const PATIENCE = 180_000

/** From the fault to the healthy workload, told as it happens. `rejected`: the person deleted the branch instead. */
export async function repair(cast: Repair): Promise<'recovered' | 'rejected'> {
  const { stage, page, watch, story } = cast
  const plan = await fromFaultToPlan(cast)
  const opened = await story.reached(['ReadyForReview'], PATIENCE)
  watch.lap('pull request opened', opened.at)
  const { pullRequest } = opened.state
  const robin = await personWithClone(ROBIN, stage.repositoryUrl, join(stage.dir, 'people'), cast.env)
  tellPullRequest(page, pullRequest, {
    message: await robin.git('log', '-1', '--format=%B', `origin/${pullRequest.branch}`),
    diff: await robin.git('diff', `origin/${plan.source.baseBranch}...origin/${pullRequest.branch}`),
  })
  const since = systemClock.now()
  if (cast.interactive) await tellHowToMerge(cast, plan, pullRequest)
  else await merge(cast, plan, pullRequest, robin)
  const decided = await story.reached(['Approved', 'Rejected'], cast.interactive ? undefined : PATIENCE)
  watch.lap(cast.interactive ? 'merged by you, and seen' : 'merge seen', decided.at)
  if (decided.state.phase === 'Rejected') {
    page.heading('Rejected')
    page.say(`${decided.state.message} Nothing was applied.`)
    return 'rejected'
  }
  tellApproval(page, decided.state.approval)
  await fromMergeToRecovery(cast, since)
  return 'recovered'
}

async function fromFaultToPlan({ page, watch, story }: Repair): Promise<Plan> {
  const seen = await story.reached(['Diagnosing'], PATIENCE)
  watch.lap('fault seen (2 s of it to settle)', seen.at)
  tellFault(page, seen.remediation)
  tellEvidence(page, seen.remediation)
  const proposed = await story.reached(['Proposed'], PATIENCE)
  watch.lap('fix proposed, gates passed', proposed.at)
  const { plan } = proposed.state
  tellProposal(page, plan)
  tellGates(page, plan)
  return plan
}

/** What the reviewer types: a real merge commit, pushed to the base branch. */
function mergeCommands({ source }: Plan, { branch }: PullRequestRef): readonly (readonly string[])[] {
  return [
    ['fetch', '--quiet', 'origin'],
    ['checkout', '--quiet', '-B', source.baseBranch, `origin/${source.baseBranch}`],
    ['merge', '--no-ff', '--no-edit', `origin/${branch}`],
    ['push', '--quiet', 'origin', source.baseBranch],
  ]
}

async function merge(
  { page, watch }: Repair,
  plan: Plan,
  pullRequest: PullRequestRef,
  robin: Person,
): Promise<void> {
  page.heading('Merge')
  page.say(`${robin.name} reads it, agrees, and merges it with git:`)
  for (const args of mergeCommands(plan, pullRequest)) {
    page.quote(`git ${args.join(' ')}`)
    const said = await robin.git(...args)
    if (said.trim() !== '') page.quote(said)
  }
  watch.lap('reviewed and merged')
}

async function tellHowToMerge(
  { page, stage, env }: Repair,
  plan: Plan,
  pullRequest: PullRequestRef,
): Promise<void> {
  const identified = await runCommand('git', ['config', 'user.email'], { cwd: '/', env })
  const proxied = Object.keys(env).some((name) => /^(http|all)_proxy$/i.test(name))
  const clone = join(stage.dir, 'people', 'you')
  page.heading('Your decision')
  page.say('To accept the fix, merge it. In another terminal:\n ')
  if (proxied) page.say('  export no_proxy=127.0.0.1 NO_PROXY=127.0.0.1')
  page.say(`  git clone ${stage.repositoryUrl} ${clone}`)
  page.say(`  cd ${clone}`)
  if (identified.code !== 0) {
    page.say(`  git config user.name "${ROBIN.name}" && git config user.email ${ROBIN.email}`)
  }
  for (const args of mergeCommands(plan, pullRequest).slice(2)) page.say(`  git ${args.join(' ')}`)
  page.say(`\nTo reject it, delete the branch: git push origin --delete ${pullRequest.branch}`)
  page.say('To change it, push to the branch first. Waiting for you; Ctrl-C ends the demo.')
}

async function fromMergeToRecovery({ stage, page, watch, story }: Repair, since: number): Promise<void> {
  const applied = await story.reached(['Applied'], PATIENCE)
  watch.lap('dry-run and apply', applied.at)
  const { auditLog } = stage.controlPlane
  const writes = auditLog === undefined ? [] : await operatorWrites(auditLog, since)
  tellDryRunAndApply(page, applied.state.applied, writes)
  const recovered = await story.reached(['Recovered'], PATIENCE)
  watch.lap('recovered', recovered.at)
  page.heading('Recovered')
  page.say('The rollout is complete and the symptom is gone:')
  page.quote(await show(stage))
  page.say('The Remediation, as `kubectl get rem` shows it:')
  page.quote(await stage.kubectl('-n', SHOP.namespace, 'get', 'remediations'))
}
