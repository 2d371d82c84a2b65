import { OperatorError } from '#src/domain/errors.ts'
import { equalJson } from '#src/domain/json.ts'
import { asJson } from '#src/domain/kube-object.ts'
import type { Plan, PullRequestRef, Remediation } from '#src/domain/remediation.ts'
import type { PullRequest } from '#src/forge/forge.ts'
import { headOf } from '#src/forge/head.ts'
import { recent } from './look.ts'
import { noRoomFor } from './pull-request-room.ts'
import type { Repository, World } from './world.ts'

export type Published =
  | { readonly kind: 'published'; readonly pullRequest: PullRequestRef }
  | { readonly kind: 'stale'; readonly why: string }

/**
 * Branch, commit and pull request of a stored plan; every part is looked for before it is made. `stale`: the manifest
 * changed since the plan was made, so the plan has to be made again.
 */
export async function publish(
  world: World,
  repository: Repository,
  remediation: Remediation,
  plan: Plan,
): Promise<Published> {
  const { manifests, pullRequests } = repository
  const asOf = recent(world)
  const tip = await manifests.fetch(asOf)
  const known = await pullRequests.find(headOf(plan, remediation.attempt, { asOf }))
  const repositoryId = await pullRequests.repositoryId()
  if (known) return published(known, repositoryId)
  const pushed = await headOfBranch(repository, plan)
  // What was pushed before a crash had its room then.
  if (pushed === undefined) await assertRoom(world, repository, remediation)
  const headSha = pushed ?? (await push(world, repository, remediation, plan, tip))
  if (headSha === undefined) {
    return {
      kind: 'stale',
      why: `The manifest changed in ${plan.source.baseBranch} after the plan was made.`,
    }
  }
  const opened = await pullRequests.ensureOpen({
    // A push that went through says where the branch is; nothing newer needs to be fetched.
    head: headOf(plan, remediation.attempt, { sha: headSha, asOf }),
    title: world.texts.pullRequestTitle(remediation),
    body: world.texts.pullRequestBody(remediation, headSha),
    labels: repository.spec.pullRequest.labels,
    reviewers: repository.spec.pullRequest.reviewers ?? [],
    assignees: repository.spec.pullRequest.assignees ?? [],
  })
  return published(opened, repositoryId)
}

/** Throws PullRequestLimit, to be tried again. */
async function assertRoom(world: World, { spec }: Repository, remediation: Remediation): Promise<void> {
  const listed = await Promise.all(spec.namespaces.map((namespace) => world.remediations.list(namespace)))
  const full = noRoomFor(remediation, spec.pullRequest, listed.flat(), world.clock.now())
  if (full === undefined) return
  const retry = { afterMs: full.afterMs ?? world.patience.poll }
  throw new OperatorError('PullRequestLimit', full.why, { object: `repository ${spec.name}`, retry })
}

function published(pullRequest: PullRequest, repositoryId: string): Published {
  const { id, url, headBranch, headSha } = pullRequest
  return { kind: 'published', pullRequest: { id, repositoryId, url, branch: headBranch, headSha } }
}

/** The branch as an earlier try left it. A branch of that name that holds nothing of ours is somebody else's. */
async function headOfBranch({ manifests }: Repository, plan: Plan): Promise<string | undefined> {
  const branch = await manifests.branch(plan.branch)
  if (branch === undefined) return undefined
  if (!branch.commits.some(({ ours }) => ours)) {
    throw new OperatorError('PullRequestForeign', 'the branch exists and was not made by the operator', {
      object: `branch ${plan.branch}`,
    })
  }
  return branch.headSha
}

async function push(
  world: World,
  { manifests }: Repository,
  remediation: Remediation,
  plan: Plan,
  tip: string,
): Promise<string | undefined> {
  const { target } = remediation
  const traced = await manifests.trace(target, tip)
  if (tip !== plan.source.revision) {
    const then = await manifests.renderAt(plan.source, target, plan.source.revision)
    if (then === undefined || !equalJson(asJson(then), asJson(traced.rendered))) return undefined
  }
  const edit = await manifests.edit(traced, target, plan.proposal.changes)
  return manifests.push({
    branch: plan.branch,
    parent: tip,
    files: edit.files,
    message: world.texts.commitMessage(remediation),
    at: remediation.timeline.proposed ?? remediation.timeline.detected,
  })
}
