import { isObject, type JsonObject } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { API_VERSION } from '#src/domain/remediation.ts'
import type { RepositorySpec } from '#src/domain/repository.ts'
import { MANIFEST_REPOSITORY_KIND } from '#src/domain/repository-status.ts'
import { type Config, repositorySpec } from './config.ts'
import { configSchema } from './config-schema.ts'
import { formatProblem, type Problem } from './problem.ts'
import { repositoryProblems } from './repository-checks.ts'
import { credentialProblems } from './repository-credentials.ts'
import { schemaProblems } from './schema-problems.ts'

export type ParsedRepository =
  | { readonly ok: true; readonly repository: RepositorySpec }
  /** Their keys are the object's: `spec.url`, `metadata.name`. */
  | { readonly ok: false; readonly problems: readonly Problem[] }

/**
 * The repository that a ManifestRepository describes, or everything that is wrong with it at once. It is read as one
 * entry of `repositories` in the configuration file, by the same schema and checks: what the API server let through is
 * checked again, for its schema may be older than this program.
 */
export function manifestRepositoryOf(object: KubeObject): ParsedRepository {
  const { spec } = asJson(object)
  if (object.apiVersion !== API_VERSION || object.kind !== MANIFEST_REPOSITORY_KIND)
    return refused([
      { key: 'kind', where: undefined, message: `expected a ${MANIFEST_REPOSITORY_KIND} of ${API_VERSION}` },
    ])
  if (!isObject(spec))
    return refused([{ key: 'spec', where: undefined, message: 'expected a mapping with url and forge' }])
  const settings: JsonObject = { repositories: [{ ...spec, name: object.metadata.name }] }
  const parsed = configSchema.safeParse(settings)
  const nowhere = () => undefined
  const problems = [
    ...(parsed.success ? [] : schemaProblems(parsed.error.issues, settings, nowhere)),
    ...repositoryProblems(settings['repositories'], nowhere),
  ].map((problem) => ({ ...problem, key: keyInObject(problem.key) }))
  // The object's own name counts; one in its spec would be overlooked.
  if (Object.hasOwn(spec, 'name'))
    problems.unshift({
      key: 'spec.name',
      where: undefined,
      message: 'unknown key; the name is metadata.name',
    })
  const repository = parsed.data?.repositories[0]
  if (problems.length > 0 || repository === undefined) return refused(problems)
  return { ok: true, repository: repositorySpec(repository) }
}

/** The same for the running operator, with what its configuration allows, and all that is wrong as one text. */
export function readManifestRepository(
  object: KubeObject,
  allowed: Config['manifestRepositories'],
):
  | { readonly ok: true; readonly repository: RepositorySpec }
  | { readonly ok: false; readonly message: string } {
  const parsed = manifestRepositoryOf(object)
  const problems = parsed.ok ? credentialProblems(parsed.repository, allowed) : parsed.problems
  if (parsed.ok && problems.length === 0) return parsed
  return { ok: false, message: problems.map(formatProblem).join('; ') }
}

/** One problem per key. */
function refused(problems: readonly Problem[]): ParsedRepository {
  return {
    ok: false,
    problems: problems.filter((problem, i) => problems.findIndex(({ key }) => key === problem.key) === i),
  }
}

function keyInObject(key: string): string {
  const inside = key.replace(/^repositories\[0\]\.?/, '')
  if (inside === 'name') return 'metadata.name'
  return inside === '' ? 'spec' : `spec.${inside}`
}
