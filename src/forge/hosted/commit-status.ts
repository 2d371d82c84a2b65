import { z } from 'zod'
import type { CheckReport } from '#src/forge/checks.ts'
import { clip, oneLine } from '#src/forge/text/visible.ts'
import { type Answer, type Asked, askFor } from './answers.ts'
import { statusPayload } from './payloads.ts'

/** GitHub's limit for the description, in characters. */
const LONGEST = 140

/** What a commit status can carry of a report: it knows no `neutral` and has no place for details. */
export interface CommitStatus {
  readonly context: string
  readonly state: 'success' | 'failure'
  readonly description: string
}

/** Statuses of a commit pile up, so one that says the same is left as it is. */
export async function ensureStatus(
  asked: Asked,
  report: CheckReport,
  list: () => Promise<Answer>,
  create: (status: CommitStatus) => Promise<Answer>,
): Promise<void> {
  const status: CommitStatus = {
    context: report.name,
    state: report.conclusion === 'failure' ? 'failure' : 'success',
    description: clip(oneLine(report.title, 500), LONGEST),
  }
  const listed = await askFor(asked, z.array(statusPayload), list)
  const now = listed.find(({ context }) => context === status.context)
  if ((now?.state ?? now?.status) === status.state && now?.description === status.description) return
  await askFor(asked, z.unknown(), () => create(status))
}
