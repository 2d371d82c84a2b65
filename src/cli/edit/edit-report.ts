import { differences } from '#src/domain/difference.ts'
import { asOperatorError, type OperatorError } from '#src/domain/errors.ts'
import { formatFieldPath } from '#src/domain/field-path.ts'
import type { Json } from '#src/domain/json.ts'
import { asJson } from '#src/domain/kube-object.ts'
import type { Edit } from '#src/domain/proposal.ts'
import { describeTarget, type TargetRef } from '#src/domain/target.ts'
import { type Affected, SharedSourceError } from '#src/manifests/affected.ts'
import type { CheckoutEdit } from '#src/manifests/checkout/open-checkout.ts'

/** What `edit --json` prints, as one object. */
export interface EditReport {
  /** `unchanged`: Git says so already. */
  readonly outcome: 'edited' | 'unchanged' | 'refused'
  readonly written: boolean
  readonly target: TargetRef | undefined
  readonly edits: readonly Edit[]
  readonly files: readonly string[]
  readonly diff: string
  readonly proof: {
    /** Roots and files that were rendered before and after. */
    readonly rendered: readonly string[]
    /** Every field of the target that differs: absent on one side where it came or went. */
    readonly changed: readonly { readonly field: string; readonly before?: Json; readonly after?: Json }[]
  }
  /** Other objects that differ. */
  readonly blastRadius: readonly Affected[]
  readonly error?: { readonly code: string; readonly message: string; readonly remedy: string }
}

const NOTHING = {
  written: false,
  target: undefined,
  edits: [],
  files: [],
  diff: '',
  proof: { rendered: [], changed: [] },
  blastRadius: [],
}

export function editedReport(target: TargetRef, edit: CheckoutEdit, written: boolean): EditReport {
  const changed = differences(asJson(edit.before), asJson(edit.after)).map(({ path, before, after }) => ({
    field: formatFieldPath(path),
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
  }))
  return {
    outcome: 'edited',
    written,
    target,
    edits: edit.edits,
    files: [...edit.files.keys()],
    diff: edit.diff,
    proof: { rendered: edit.rendered, changed },
    blastRadius: edit.radius,
  }
}

export function unchangedReport(target: TargetRef): EditReport {
  return { ...NOTHING, outcome: 'unchanged', target }
}

export function refusedReport(thrown: unknown): EditReport {
  const error = asOperatorError(thrown)
  const { code, message, remedy } = error
  return { ...NOTHING, outcome: 'refused', blastRadius: affectedOf(error), error: { code, message, remedy } }
}

function affectedOf(error: OperatorError): readonly Affected[] {
  return error instanceof SharedSourceError ? error.affected : []
}

const CONSENT =
  "--overlay-patch writes a patch into the target's own overlay instead; --allow-shared edits the source for all of them."

/** The report for people. */
export function editText(report: EditReport): string {
  const name = report.target === undefined ? 'The object' : describeTarget(report.target)
  if (report.outcome === 'unchanged') return `${name} is so already; nothing to change.\n`
  const radius = report.blastRadius.map(affectedLine)
  if (report.error !== undefined) {
    const { code, message, remedy } = report.error
    const consent = code === 'BlastRadius' ? [CONSENT] : []
    return [`${code}: ${message}`, ...radius, `What to do: ${remedy}`, ...consent, ''].join('\n')
  }
  return [
    report.diff.trimEnd(),
    '',
    ...report.edits.map(({ file, line, field }) => `${file}:${line}  ${field}`),
    '',
    `Proof: of ${name} exactly this differs:`,
    ...report.proof.changed.map(
      ({ field, before, after }) => `  ${field}: ${shown(before)} -> ${shown(after)}`,
    ),
    `Rendered before and after: ${report.proof.rendered.map((each) => each || '.').join(', ')}`,
    report.blastRadius.length === 0 ? 'Blast radius: no other object differs' : 'Blast radius:',
    ...radius,
    report.written
      ? `Written: ${report.files.join(', ')}`
      : 'Nothing is written; --write changes the checkout.',
    '',
  ].join('\n')
}

function affectedLine({ object, root, fields, follows }: Affected): string {
  const why = follows ? 'made from the target, ' : ''
  return `  ${object} (${why}${root || '.'})${fields.length === 0 ? '' : `: ${fields.join(', ')}`}`
}

const MAX_SHOWN = 200

function shown(value: Json | undefined): string {
  if (value === undefined) return '(absent)'
  const text = JSON.stringify(value)
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
}
