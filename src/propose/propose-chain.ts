import { asOperatorError, type ErrorCode } from '#src/domain/errors.ts'
import { type GateVerdict, type Proposal, refusals } from '#src/domain/proposal.ts'
import type { Log } from '#src/runtime/log.ts'
import type { Incident, Proposer, Refused } from './proposer.ts'

/** What became of one proposal at the gates: `value` is whatever the caller made of it (the proven edit). */
export type Judged<T> =
  | { readonly accepted: true; readonly verdicts: readonly GateVerdict[]; readonly value: T }
  | { readonly accepted: false; readonly verdicts: readonly GateVerdict[] }

/**
 * Edits, proves and judges a proposal. May throw OperatorError: one that is never retried (EditRefused, BlastRadius)
 * speaks against this proposal, any other ends the whole attempt.
 */
export type Judge<T> = (proposal: Proposal) => Promise<Judged<T>>

export interface Refusal {
  readonly proposer: string
  readonly code: ErrorCode
  /** One sentence. */
  readonly reason: string
}

export type ChainResult<T> =
  | {
      readonly kind: 'accepted'
      readonly proposal: Proposal
      readonly verdicts: readonly GateVerdict[]
      readonly value: T
    }
  | {
      readonly kind: 'abstain'
      /** The most telling of the reasons' codes: an edit that failed, a gate that refused, else NoGroundedFix. */
      readonly code: ErrorCode
      readonly reasons: readonly Refusal[]
      readonly message: string
    }

/** Asks proposers in the configured order; the first proposal that every gate accepts wins. */
export class ProposeChain {
  readonly #proposers: readonly Proposer[]
  readonly #log: Log
  /** Proposers that were said to be unreachable, until they answer again. */
  readonly #silent = new Set<string>()

  constructor(proposers: readonly Proposer[], log: Log) {
    this.#proposers = proposers
    this.#log = log
  }

  async propose<T>(incident: Incident, judge: Judge<T>): Promise<ChainResult<T>> {
    const reasons: Refusal[] = []
    const { family } = incident.fault
    for (const proposer of this.#proposers.filter(({ families }) => families?.includes(family) ?? true)) {
      const result = await this.#ask(proposer, incident, judge)
      if (result.kind === 'accepted') return result
      reasons.push(result.refusal)
    }
    const code =
      CODES.find((candidate) => reasons.some((it) => it.code === candidate)) ?? tellingCode(reasons)
    const message = reasons.map(({ proposer, reason }) => `${proposer}: ${reason}`).join(' ')
    return { kind: 'abstain', code, reasons, message: message || 'No proposer is configured.' }
  }

  async #ask<T>(proposer: Proposer, incident: Incident, judge: Judge<T>) {
    const refused: Refused[] = []
    for (let round = 0; ; round++) {
      const answer = await this.#answer(proposer, incident, refused)
      if ('code' in answer) return unaccepted(proposer, answer.code, answer.reason)
      if (answer.kind === 'abstain') {
        const last = refused.at(-1)
        return last === undefined
          ? unaccepted(proposer, 'NoGroundedFix', answer.reason)
          : unaccepted(proposer, 'GateRefused', `${describe(last.verdicts)} ${answer.reason}`)
      }
      const { proposal } = answer
      const judged = await judgeIt(judge, proposal)
      if ('code' in judged) return unaccepted(proposer, judged.code, judged.reason)
      if (judged.accepted) {
        return { kind: 'accepted', proposal, verdicts: judged.verdicts, value: judged.value } as const
      }
      if (round >= proposer.repairRounds)
        return unaccepted(proposer, 'GateRefused', describe(judged.verdicts))
      refused.push({ proposal, verdicts: judged.verdicts })
    }
  }

  /* A proposer that cannot be asked, or answers garbage, ends its turn and not the attempt. */
  async #answer(proposer: Proposer, incident: Incident, refused: readonly Refused[]) {
    try {
      const answer = await proposer.propose(incident, refused)
      if (this.#silent.delete(proposer.name))
        this.#log.info('the model answers again', { proposer: proposer.name })
      return answer
    } catch (thrown) {
      const error = asOperatorError(thrown)
      if (AWAY.has(error.code)) {
        if (!this.#silent.has(proposer.name)) {
          this.#log.warn(`${error.message}; going on without it`, {
            proposer: proposer.name,
            code: error.code,
          })
        }
        this.#silent.add(proposer.name)
      } else if (error.code !== 'ModelAnswerInvalid') throw error
      return { code: error.code, reason: `${error.message}.` }
    }
  }
}

/** A proposer that cannot be asked now is passed over, and that is said once. */
const AWAY: ReadonlySet<ErrorCode> = new Set(['ModelUnreachable', 'ModelBudgetSpent'])

const CODES: readonly ErrorCode[] = ['BlastRadius', 'EditRefused', 'ProofFailed', 'GateRefused']

function tellingCode(reasons: readonly Refusal[]): ErrorCode {
  return reasons.find(({ code }) => !AWAY.has(code) && code !== 'ModelAnswerInvalid')?.code ?? 'NoGroundedFix'
}

async function judgeIt<T>(judge: Judge<T>, proposal: Proposal) {
  try {
    return await judge(proposal)
  } catch (thrown) {
    const error = asOperatorError(thrown)
    if (error.retry !== 'never') throw error
    return { code: error.code, reason: `${error.message}.` }
  }
}

function unaccepted(proposer: Proposer, code: ErrorCode, reason: string) {
  return { kind: 'refused', refusal: { proposer: proposer.name, code, reason } } as const
}

function describe(verdicts: readonly GateVerdict[]): string {
  return refusals(verdicts)
    .map(({ gate, message }) => `Gate ${gate}: ${message}`)
    .join(' ')
}
