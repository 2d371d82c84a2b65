import type { Conversation, Remark } from '#src/forge/conversation.ts'
import type { ForgeApi } from './forge-api.ts'
import type { Account, CommentPayload } from './payloads.ts'

/** `…/pull/7#issuecomment-1` on GitHub, `…/pulls/7#issuecomment-1` on Gitea; comments on issues say `/issues/`. */
const ON_PULL_REQUEST = /\/pulls?\/([1-9]\d{0,14})#/

export function hostedConversation(api: ForgeApi): Conversation {
  return {
    async remarksSince(time) {
      const [comments, self] = await Promise.all([api.commentsSince(new Date(time)), api.self()])
      return comments.flatMap((comment) => remarkOf(comment, self))
    },
    mayWrite: (login) => api.mayWrite(login),
  }
}

function remarkOf(comment: CommentPayload, self: Account): readonly Remark[] {
  const { id, user, body, html_url, created_at, updated_at } = comment
  const [, pullRequest] = ON_PULL_REQUEST.exec(html_url ?? '') ?? []
  const updated = Date.parse(updated_at ?? '')
  if (pullRequest === undefined || !user || Number.isNaN(updated)) return []
  return [
    {
      id: String(id),
      pullRequest,
      author: user.login,
      bySelf: user.id === self.id,
      body: body ?? '',
      updated,
      isEdited: created_at !== updated_at,
    },
  ]
}
