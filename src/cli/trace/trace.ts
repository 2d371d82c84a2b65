import { openForCommand, unlessStopped } from '#src/cli/edit/command-checkout.ts'
import { objectArgument } from '#src/cli/edit/object-argument.ts'
import { isRefusal } from '#src/cli/edit/refusals.ts'
import { rootArgument } from '#src/cli/edit/root-argument.ts'
import { terminalText } from '#src/cli/edit/terminal-text.ts'
import { EXIT } from '#src/cli/exit-code.ts'
import { failureText } from '#src/cli/failure-text.ts'
import { type Shell, untilStopped } from '#src/cli/shell.ts'
import { asOperatorError } from '#src/domain/errors.ts'
import type { FieldPath } from '#src/domain/field-path.ts'
import { describeRoot } from '#src/domain/root.ts'
import { describeTarget } from '#src/domain/target.ts'
import type { FoundObject } from '#src/manifests/checkout/checkout-search.ts'
import type { Checkout } from '#src/manifests/checkout/open-checkout.ts'
import type { WantedObject } from '#src/manifests/checkout/wanted-object.ts'
import { traceLive } from './trace-live.ts'
import { type TraceReport, traceText } from './trace-report.ts'
import { fieldArgument, tellingField } from './traced-field.ts'

export interface TraceOptions {
  readonly object: string
  readonly field: string | undefined
  readonly repo: string
  /** The operator's configuration: then its cluster and repositories are asked, and no checkout. */
  readonly config?: string | undefined
  /** Absent: everything in the checkout is searched. */
  readonly root: string | undefined
  readonly values: readonly string[]
  readonly release: string | undefined
  readonly json: boolean
}

/** Says where in Git an object's field comes from. Resolves with the exit code. */
export async function trace(options: TraceOptions, shell: Shell): Promise<number> {
  const { config } = options
  try {
    const report =
      config === undefined
        ? await traceCheckout(options, shell)
        : await traceLive({ ...options, config }, shell)
    if (report === undefined) return EXIT.interrupted[await untilStopped(shell.stop)]
    const text = options.json ? `${JSON.stringify(report, null, 2)}\n` : terminalText(traceText(report))
    shell.stdout.write(text)
    return EXIT.ok
  } catch (thrown) {
    if (!isRefusal(thrown)) throw thrown
    const { code, message, remedy } = asOperatorError(thrown)
    if (options.json) shell.stdout.write(`${JSON.stringify({ error: { code, message, remedy } }, null, 2)}\n`)
    else shell.stderr.write(terminalText(failureText(thrown)))
    return EXIT.refused
  }
}

/** Undefined when the process was asked to end meanwhile. */
async function traceCheckout(options: TraceOptions, shell: Shell): Promise<TraceReport | undefined> {
  const wanted = objectArgument(options.object)
  const field = options.field === undefined ? undefined : fieldArgument(options.field)
  const checkout = await openForCommand(options.repo, shell)
  try {
    const finding = find(checkout, options, wanted)
    return await unlessStopped(
      shell.stop,
      finding.then((found) => reportOn(checkout, found, field)),
    )
  } finally {
    await checkout.close()
  }
}

async function find(checkout: Checkout, options: TraceOptions, wanted: WantedObject): Promise<FoundObject> {
  const { root } = options
  if (root === undefined) return checkout.search(wanted)
  return checkout.find(rootArgument(checkout, { ...options, root, namespace: wanted.namespace }), wanted)
}

async function reportOn(
  checkout: Checkout,
  found: FoundObject,
  field: FieldPath | undefined,
): Promise<TraceReport> {
  const located = await checkout.locate(found, field ?? tellingField(found.origin.object))
  const { commit, url } = await checkout.revision()
  const { origin, target } = found
  const engine = await checkout.engineOf(found)
  const sources = engine === undefined ? [] : [...engine.parents, engine.source]
  const names = sources.map(({ engine: kind, object }) => `${kind} ${describeTarget(object)}`)
  return {
    target,
    repository: url ?? checkout.folder,
    revision: commit ?? 'working tree',
    root: describeRoot(origin.root),
    ...located,
    value: target.kind === 'Secret' && /^(data|stringData)\b/.test(located.field) ? undefined : located.value,
    engine: names.at(-1) ?? 'unknown',
    chain: [...names.map((path) => ({ what: 'engine' as const, path })), ...located.chain],
    holds: engine?.source.holds.map(({ reason, sentence }) => ({ reason, sentence })) ?? [],
  }
}
