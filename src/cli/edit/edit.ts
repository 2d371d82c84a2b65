import { EXIT } from '#src/cli/exit-code.ts'
import { type Shell, untilStopped } from '#src/cli/shell.ts'
import type { FieldChange } from '#src/domain/change.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { asJson } from '#src/domain/kube-object.ts'
import type { Checkout, CheckoutEdit } from '#src/manifests/checkout/open-checkout.ts'
import type { Sharing } from '#src/manifests/edit-target.ts'
import { openForCommand, unlessStopped } from './command-checkout.ts'
import { type EditReport, editedReport, editText, refusedReport, unchangedReport } from './edit-report.ts'
import { type FieldRequest, setArgument, unsetArgument } from './field-argument.ts'
import { changeFor } from './field-change.ts'
import { objectArgument } from './object-argument.ts'
import { isRefusal } from './refusals.ts'
import { rootArgument } from './root-argument.ts'
import { terminalText } from './terminal-text.ts'

export interface EditOptions {
  readonly repo: string
  readonly root: string
  readonly values: readonly string[]
  readonly release: string | undefined
  readonly target: string
  readonly set: readonly string[]
  readonly unset: readonly string[]
  readonly sharing: Sharing
  readonly write: boolean
  readonly json: boolean
}

/** Changes fields of one rendered object in the files that it comes from, and proves it. Resolves with the exit code. */
export async function edit(options: EditOptions, shell: Shell): Promise<number> {
  const wanted = objectArgument(options.target)
  const requests = [...options.set.map(setArgument), ...options.unset.map(unsetArgument)]
  if (requests.length === 0) throw new OperatorError('ConfigInvalid', 'name a field by --set or --unset')
  try {
    const checkout = await openForCommand(options.repo, shell)
    try {
      const proven = await unlessStopped(shell.stop, attempt(checkout, options, wanted, requests))
      if (proven === undefined) return EXIT.interrupted[await untilStopped(shell.stop)]
      if (!options.write || proven.edit === undefined) return print(proven.report, options, shell)
      await checkout.write(proven.edit)
      return print({ ...proven.report, written: true }, options, shell)
    } finally {
      await checkout.close()
    }
  } catch (error) {
    if (isRefusal(error)) return print(refusedReport(error), options, shell)
    throw error
  }
}

function print(report: EditReport, { json }: EditOptions, shell: Shell): number {
  const isRefused = report.outcome === 'refused'
  const text = json ? `${JSON.stringify(report, null, 2)}\n` : terminalText(editText(report))
  const output = isRefused && !json ? shell.stderr : shell.stdout
  output.write(text)
  return isRefused ? EXIT.refused : EXIT.ok
}

interface Attempt {
  readonly report: EditReport
  /** What could be written. */
  readonly edit?: CheckoutEdit
}

async function attempt(
  checkout: Checkout,
  options: EditOptions,
  wanted: ReturnType<typeof objectArgument>,
  requests: readonly FieldRequest[],
): Promise<Attempt> {
  const root = rootArgument(checkout, { ...options, namespace: wanted.namespace })
  const found = await checkout.find(root, wanted)
  const changes: FieldChange[] = []
  for (const request of requests) {
    const change = changeFor(request, asJson(found.origin.object))
    if (change !== undefined) changes.push(change)
  }
  if (changes.length === 0) return { report: unchangedReport(found.target) }
  const edit = await checkout.edit(found, changes, options.sharing)
  return { report: editedReport(found.target, edit, false), edit }
}
