import { z } from 'zod'

/**
 * What we read of GitHub's answers, and nothing else of them. Sources: "Get a pull request", "List pull requests",
 * "Get the authenticated user", "List issue comments" of GitHub's REST description 2022-11-28; Gitea 1.27 agrees.
 */
const account = z.object({ id: z.number(), login: z.string() })

/** `repo` is null when a fork was deleted. */
const end = z.object({
  ref: z.string(),
  /** `owner:branch` on GitHub; Gitea writes the branch alone, and keeps it where `ref` is gone with the branch. */
  label: z.string(),
  sha: z.string(),
  repo: z.object({ id: z.number() }).nullish(),
})

export const pullPayload = z.object({
  number: z.number(),
  html_url: z.string(),
  state: z.enum(['open', 'closed']),
  title: z.string(),
  body: z.string().nullish(),
  user: account.nullish(),
  head: end,
  base: end,
  /** Only in the answer about one pull request, not in lists. */
  merged: z.boolean().optional(),
  merged_at: z.string().nullish(),
  /** Before the merge, and on pull requests closed unmerged, the SHA of a test merge: means nothing by itself. */
  merge_commit_sha: z.string().nullish(),
  merged_by: account.nullish(),
})
export type PullPayload = z.infer<typeof pullPayload>

export const accountPayload = account
export type Account = z.infer<typeof account>

export const repositoryPayload = z.object({ id: z.number() })

export const issuePayload = z.object({ closed_by: account.nullish() })

export const commentPayload = z.object({
  id: z.number(),
  body: z.string().nullish(),
  user: account.nullish(),
  html_url: z.string().nullish(),
  created_at: z.string().nullish(),
  updated_at: z.string().nullish(),
})
export type CommentPayload = z.infer<typeof commentPayload>

/** GitHub "Get repository permissions for a user": `maintain` is told as write, `triage` as read. Gitea adds `owner`. */
export const permissionPayload = z.object({ permission: z.string() })

/** "List commit statuses for a reference": newest first. Gitea calls the state `status`. */
export const statusPayload = z.object({
  context: z.string(),
  state: z.string().nullish(),
  status: z.string().nullish(),
  description: z.string().nullish(),
})

/** "List check runs for a Git reference". */
export const checkRunsPayload = z.object({
  check_runs: z.array(z.object({ id: z.number(), name: z.string(), external_id: z.string().nullish() })),
})

export const refPayload = z.object({ ref: z.string(), object: z.object({ sha: z.string() }) })

export const labelPayload = z.object({ name: z.string() })

/** Of labels that we have to make. */
export const LABEL_COLOUR = '5319e7'
