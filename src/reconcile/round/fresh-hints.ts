import { ownMember } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { HINT_ANNOTATION, type Remediation } from '#src/domain/remediation.ts'
import { factsOf } from '#src/domain/remediation-conditions.ts'

/** Tells a hint that came from one that stands there since some other change. */
export class FreshHints {
  readonly #seen = new Map<string, string>()

  /** The repository that a new hint on this Remediation is about. */
  repositoryToVisit(remediation: Remediation, object: KubeObject): string | undefined {
    const hint = ownMember(ownMember(asJson(object)['metadata'], 'annotations'), HINT_ANNOTATION)
    if (typeof hint !== 'string' || this.#seen.get(remediation.uid) === hint) return undefined
    this.#seen.set(remediation.uid, hint)
    return factsOf(remediation.state).plan?.source.repository
  }

  forget(remediation: Remediation | undefined): void {
    if (remediation !== undefined) this.#seen.delete(remediation.uid)
  }
}
