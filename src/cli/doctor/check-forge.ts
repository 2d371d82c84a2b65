import { readSecret, tokenRef } from '#src/config/read-secret.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { isObject } from '#src/domain/json.ts'
import type { RepositorySpec } from '#src/domain/repository.ts'
import type { Clock } from '#src/runtime/clock.ts'
import { type Answer, ask, networkReason } from './asked.ts'
import { clockFinding } from './clock.ts'
import { type Finding, findingsOf } from './finding.ts'

interface Forge {
  readonly baseUrl: string
  readonly owner: string
  readonly repo: string
}

/** Scopes of a classic token that the operator has no use for. */
const TOO_MUCH = /^(admin:|delete_|write:packages|workflow$|gist$|sudo$)/

/** Does the token open the repository for pushes and pull requests, no more than that, and is the base branch protected? */
export async function checkForge(
  spec: RepositorySpec,
  env: NodeJS.ProcessEnv,
  clock: Pick<Clock, 'now'>,
): Promise<readonly Finding[]> {
  const say = findingsOf(`forge of ${spec.name}`)
  if (spec.forge.type === 'git') {
    const remedy = 'Use a forge with pull requests and protected branches, where there is one.'
    return [say.warning('is plain Git: whoever can push to the base branch can approve', remedy)]
  }
  const ref = tokenRef(spec.credentials)
  if (ref === undefined) return [say.skipped('has no token to ask with')]
  try {
    const headers = { authorization: `token ${await readSecret(ref, env)}`, accept: 'application/json' }
    const { baseUrl, owner, repo } = spec.forge
    const at = `${baseUrl}/repos/${encodeURIComponent(owner)}/${encodeURIComponent(repo)}`
    const answer = await ask(at, { headers })
    const access = repositoryFinding(spec, spec.forge, answer)
    const clockRead = clockFinding('forge', answer.headers.get('date') ?? undefined, clock.now())
    if (access.level === 'failed') return [access]
    const branch = await ask(`${at}/branches/${encodeURIComponent(spec.branch)}`, { headers })
    return [access, ...scopeFindings(spec, answer), branchFinding(spec, branch), clockRead]
  } catch (error) {
    if (error instanceof OperatorError) return [say.failed(error.message, error.remedy)]
    const { baseUrl } = spec.forge
    const remedy = "Check the forge's address, and the way to it (DNS, proxy, NetworkPolicy)."
    return [say.failed(`${baseUrl}: ${networkReason(error)}`, remedy)]
  }
}

function repositoryFinding(spec: RepositorySpec, { owner, repo }: Forge, answer: Answer): Finding {
  const say = findingsOf(`forge of ${spec.name}`)
  const name = `${owner}/${repo}`
  if (answer.status === 401) {
    return say.failed('does not accept the token', 'Renew the token; it may have ended or been taken back.')
  }
  if (answer.status === 403 || answer.status === 404) {
    const remedy = 'Give the token access to the repository, or correct its name in the configuration.'
    return say.failed(`shows no repository ${name} to this token (HTTP ${answer.status})`, remedy)
  }
  const permissions = isObject(answer.body) ? answer.body['permissions'] : undefined
  if (answer.status !== 200 || !isObject(permissions)) {
    const remedy = "Check forge.baseUrl: it is the root of the forge's API."
    return say.failed(`answered ${name} with HTTP ${answer.status}, not as its API does`, remedy)
  }
  if (permissions['push'] !== true) {
    const remedy = 'Allow the token contents and pull requests, read and write.'
    return say.failed(`the token may not push to ${name}`, remedy)
  }
  if (permissions['admin'] === true) {
    const remedy =
      'Use an account that can write and not administer: it could lift the protection of the branch.'
    return say.warning(`the token administers ${name}`, remedy)
  }
  return say.ok(`the token may push to ${name}`)
}

/** Classic tokens of GitHub tell their scopes; others have none to tell. */
function scopeFindings(spec: RepositorySpec, answer: Answer): readonly Finding[] {
  const say = findingsOf(`forge of ${spec.name}`)
  const told = answer.headers.get('x-oauth-scopes')
  if (told === null || told.trim() === '') return []
  const scopes = told.split(',').map((scope) => scope.trim())
  const needless = scopes.filter((scope) => TOO_MUCH.test(scope))
  if (needless.length === 0) return [say.ok(`scopes: ${scopes.join(', ')}`)]
  const remedy = 'Use a fine-grained token or an App, with contents and pull requests of this repository.'
  return [say.warning(`the token has scopes that nothing needs: ${needless.join(', ')}`, remedy)]
}

function branchFinding(spec: RepositorySpec, answer: Answer): Finding {
  const say = findingsOf(`branch of ${spec.name}`)
  if (answer.status === 404) {
    return say.failed(
      `there is no branch ${spec.branch}`,
      'Correct `branch` in the configuration, or push it.',
    )
  }
  const isProtected = isObject(answer.body) ? answer.body['protected'] : undefined
  if (answer.status !== 200 || typeof isProtected !== 'boolean') {
    return say.skipped(`cannot be read with this token (HTTP ${answer.status})`)
  }
  if (isProtected) return say.ok(`${spec.branch} is protected`)
  const remedy = 'Protect the branch and ask for a review: what is merged into it is what is applied.'
  return say.warning(`${spec.branch} is not protected`, remedy)
}
