import { asOperatorError } from '#src/domain/errors.ts'
import { MODEL_PROVIDERS } from '#src/domain/model-provider.ts'
import type { RequestSample } from '#src/propose/llm/ask-model.ts'
import type { Proposer } from '#src/propose/proposer.ts'
import type { DryRunServer, ServerVerdict } from './dry-run.ts'

/** A model's first answer about one fault, and what a real API server says of it. */
export interface FirstAnswer {
  readonly proposer: string
  readonly target: string
  readonly verdict: ServerVerdict['kind'] | 'invalid' | 'none'
  readonly why?: string
}

/**
 * Looks at the first answer of each model to each fault: before any gate, and before any further round. `none` where it
 * chose nothing; `invalid` where the answer was not of the schema. Models that were not asked say nothing.
 */
export class FirstAnswers {
  readonly #server: DryRunServer
  readonly all: FirstAnswer[] = []
  readonly #new: FirstAnswer[] = []
  #answers = 0

  constructor(server: DryRunServer) {
    this.#server = server
  }

  observe({ outcome }: RequestSample): void {
    if (outcome === 'answered') this.#answers++
  }

  around(proposer: Proposer): Proposer {
    const { name } = proposer
    if (!MODEL_PROVIDERS.some((each) => each === name)) return proposer
    return {
      ...proposer,
      propose: async (incident, refused) => {
        const before = this.#answers
        const answer = await proposer.propose(incident, refused).catch((error: unknown) => {
          if (refused.length === 0 && asOperatorError(error).code === 'ModelAnswerInvalid')
            this.#note({ proposer: name, target: incident.target.name, verdict: 'invalid' })
          throw error
        })
        const asked = this.#answers - before
        if (asked === 0 || refused.length > 0) return answer
        const about = { proposer: name, target: `${incident.target.kind}/${incident.target.name}` }
        if (asked > 1) this.#note({ ...about, verdict: 'invalid' })
        else if (answer.kind === 'abstain') this.#note({ ...about, verdict: 'none' })
        else {
          const said = await this.#server.judge(incident.snapshot.workload, answer.proposal.changes)
          this.#note({ ...about, verdict: said.kind, ...('why' in said && { why: said.why }) })
        }
        return answer
      },
    }
  }

  /** What has come since it was last asked, a line each. */
  news(): readonly string[] {
    return this.#new.splice(0).map(({ proposer, target, verdict, why }) => {
      const said = why === undefined ? verdict : `${verdict}: ${why}`
      return `first answer of ${proposer} on ${target}: ${said}`
    })
  }

  #note(answer: FirstAnswer): void {
    this.all.push(answer)
    this.#new.push(answer)
  }
}

/** The rate of first answers that are patches which the server accepts, and what became of the others. */
export function firstAnswersText(answers: readonly FirstAnswer[]): string {
  const count = (verdict: FirstAnswer['verdict']) => answers.filter((each) => each.verdict === verdict).length
  const [accepted, refused, invalid] = [count('accepted'), count('refused'), count('invalid')]
  const judged = accepted + refused + invalid
  const rate = judged === 0 ? '-' : `${((100 * accepted) / judged).toFixed(1)} %`
  const apart = [
    `${refused} refused by the server`,
    `${invalid} not of the schema`,
    `${count('none')} chose none`,
    `${count('no such object')} on an object that the server would not hold`,
  ]
  return `valid patches at the first answer ${accepted}/${judged} (${rate}); ${apart.join(', ')}`
}
