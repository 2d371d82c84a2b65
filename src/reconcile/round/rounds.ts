import { asOperatorError } from '#src/domain/errors.ts'
import type { World } from '#src/reconcile/world.ts'
import type { Again } from '#src/runtime/workers.ts'
import { answerRemarks, type Heard } from './answer-remarks.ts'
import { type Reported, reportChecks } from './report-checks.ts'
import { repositoryRemediations } from './repository-remediations.ts'

/** Comments of so long ago are still answered after a restart. Milliseconds. */
const LOOK_BACK = 7 * 86_400_000

interface Memory {
  heard: Heard
  readonly reported: Reported
}

/**
 * One look at a whole repository on its forge: what people said on our pull requests, and the checks of all open ones. All
 * of it is found again by looking; what is remembered between two rounds only spares asking.
 */
export class Rounds {
  readonly #world: World
  readonly #memories = new Map<string, Memory>()

  constructor(world: World) {
    this.#world = world
  }

  /** `name`: of the repository. One that is gone, or has no such forge, needs no other round. */
  async go(name: string): Promise<Again> {
    const world = this.#world
    const repository = world.repositories.all().find(({ spec }) => spec.name === name)
    if (repository?.hosted === undefined) {
      this.#memories.delete(name)
      return 'on-change'
    }
    const memory = this.#memoryOf(name)
    const remediations = repositoryRemediations(world, repository.spec)
    const { conversation, checks } = repository.hosted
    memory.heard = await answerRemarks({ world, repository, conversation, remediations }, memory.heard)
    if (repository.spec.pullRequest.checks !== false) {
      await reportChecks({ world, repository, checks, remediations }, memory.reported).catch(
        (error: unknown) => this.#mayNotReport(name, memory, error),
      )
    }
    return { afterMs: world.patience.poll }
  }

  #memoryOf(name: string): Memory {
    const since = this.#world.clock.now() - LOOK_BACK
    const memory = this.#memories.get(name) ?? {
      heard: { since, answered: new Set<string>() },
      reported: { said: new Set<string>(), refused: undefined },
    }
    this.#memories.set(name, memory)
    return memory
  }

  /** A forge that does not let us report must not keep us from answering people: said once, tried again each round. */
  #mayNotReport(name: string, { reported }: Memory, thrown: unknown): void {
    const { code, message, remedy } = asOperatorError(thrown)
    if (code !== 'ForgeAuth' && code !== 'ForgeRejected') throw thrown
    if (reported.refused === message) return
    reported.refused = message
    this.#world.log.warn(`no checks are reported: ${message}`, { code, remedy, repository: name })
  }
}
