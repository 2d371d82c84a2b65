import type { Fetch } from '#src/forge/hosted/guarded-fetch.ts'

/**
 * Gitea's answers as GitHub gives them, for the calls that the adapter makes: `per_page` is called `limit`, and the
 * filter by `head` is ignored, so it is done here, page by page (the Link header stays). Everything else goes through.
 */
export const giteaAsGitHub: Fetch = async (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input)
  const perPage = url.searchParams.get('per_page')
  if (perPage !== null) url.searchParams.set('limit', perPage)
  const answer = await fetch(url, init)
  const head = url.searchParams.get('head')
  if (head === null || !answer.ok) return answer
  const pulls: unknown = await answer.json()
  const kept = Array.isArray(pulls) ? pulls.filter((pull) => headOf(pull) === head) : pulls
  const headers = new Headers(answer.headers)
  headers.delete('content-length')
  return new Response(JSON.stringify(kept), { status: answer.status, headers })
}

/** `owner:branch`. Gitea's `label` keeps the branch where `ref` became `refs/pull/N/head`. */
function headOf(pull: { head: { label: string; repo: { owner: { login: string } } | null } }): string {
  return `${pull.head.repo?.owner.login}:${pull.head.label}`
}
