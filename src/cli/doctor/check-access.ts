import type { ApiTransport } from '#src/cluster/api-transport.ts'
import type { Config } from '#src/config/config.ts'
import { OperatorError } from '#src/domain/errors.ts'
import type { JsonObject } from '#src/domain/json.ts'
import { member } from '#src/domain/kube-object.ts'
import { type Finding, findingsOf } from './finding.ts'
import { NEEDED, NEEDED_IN_GRANTED, type NeededAccess, UNWANTED } from './needed-access.ts'

/** Whose rights are asked about: the caller's own, or those of a ServiceAccount (`namespace/name`). */
export type Whose = 'own' | { readonly namespace: string; readonly name: string }

interface Asked {
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  readonly verb: string
  readonly namespace?: string
}

/** Is every right there that the operator needs, and none that it should not have? Asks the API server's authorizer. */
export async function checkAccess(
  transport: Pick<ApiTransport, 'json'>,
  config: Pick<Config, 'repositories' | 'watch'>,
  whose: Whose,
): Promise<readonly Finding[]> {
  const say = findingsOf('RBAC')
  try {
    const watched = config.watch.namespaces ?? [undefined]
    const lacking = await missing(transport, whose, watched, NEEDED)
    const written = config.repositories
      .filter(({ mode }) => mode !== 'observe')
      .flatMap(({ namespaces }) => namespaces)
    const unwritable = await missing(transport, whose, written, NEEDED_IN_GRANTED)
    const needless = await present(transport, whose, UNWANTED)
    const findings = [
      ...(lacking.length === 0
        ? [say.ok('reads what it needs')]
        : [say.failed(`lacks ${told(lacking)}`, 'Install the ClusterRole of the chart and bind it.')]),
      ...(unwritable.length === 0
        ? []
        : [
            say.failed(
              `lacks ${told(unwritable)}`,
              'Grant the namespace: bind the ClusterRole aiops-operator-workloads in it (docs/install.md).',
            ),
          ]),
      ...(needless.length === 0
        ? []
        : [say.warning(`could ${told(needless)}`, 'Bind it to no role beyond those of the chart.')]),
    ]
    return written.length > 0 && unwritable.length === 0
      ? [...findings, say.ok(`may patch workloads in ${written.join(', ')}`)]
      : findings
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    return [say.failed(`cannot be asked: ${error.message}`, error.remedy)]
  }
}

async function missing(
  transport: Pick<ApiTransport, 'json'>,
  whose: Whose,
  namespaces: readonly (string | undefined)[],
  needed: readonly NeededAccess[],
): Promise<readonly Asked[]> {
  const all = namespaces.flatMap((namespace) => asked(needed, namespace))
  const allowed = await Promise.all(all.map((each) => isAllowed(transport, whose, each)))
  return all.filter((_, i) => !allowed[i])
}

async function present(
  transport: Pick<ApiTransport, 'json'>,
  whose: Whose,
  unwanted: readonly NeededAccess[],
): Promise<readonly Asked[]> {
  const all = asked(unwanted, undefined)
  const allowed = await Promise.all(all.map((each) => isAllowed(transport, whose, each)))
  return all.filter((_, i) => allowed[i])
}

function asked(needed: readonly NeededAccess[], namespace: string | undefined): readonly Asked[] {
  return needed.flatMap(({ group, resource, verbs }) => {
    const [plural = '', subresource] = resource.split('/')
    return verbs.map((verb) => ({
      ...{ group, resource: plural, verb },
      ...(subresource !== undefined && { subresource }),
      ...(namespace !== undefined && { namespace }),
    }))
  })
}

async function isAllowed(
  transport: Pick<ApiTransport, 'json'>,
  whose: Whose,
  resourceAttributes: Asked,
): Promise<boolean> {
  const kind = whose === 'own' ? 'SelfSubjectAccessReview' : 'SubjectAccessReview'
  const subject: JsonObject =
    whose === 'own'
      ? {}
      : {
          user: `system:serviceaccount:${whose.namespace}:${whose.name}`,
          groups: [
            'system:serviceaccounts',
            `system:serviceaccounts:${whose.namespace}`,
            'system:authenticated',
          ],
        }
  const review = await transport.json({
    method: 'POST',
    path: `/apis/authorization.k8s.io/v1/${kind.toLowerCase()}s`,
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind,
      spec: { ...subject, resourceAttributes: { ...resourceAttributes } },
    },
    about: kind,
  })
  return member(review['status'], 'allowed') === true
}

/** `get pods, list pods in shop`, as long as a line bears. */
function told(all: readonly Asked[]): string {
  const words = all.map(({ verb, resource, subresource, namespace }) => {
    const what = `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`
    return namespace === undefined ? what : `${what} in ${namespace}`
  })
  const shown = words.slice(0, 6).join(', ')
  return words.length > 6 ? `${shown} and ${words.length - 6} more` : shown
}
