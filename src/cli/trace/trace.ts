import { openForCommand } from '#src/cli/edit/command-checkout.ts'
import { objectArgument } from '#src/cli/edit/object-argument.ts'
import { isRefusal } from '#src/cli/edit/refusals.ts'
import { rootArgument } from '#src/cli/edit/root-argument.ts'
import { EXIT } from '#src/cli/exit-code.ts'
import { failureText } from '#src/cli/failure-text.ts'
import type { Shell } from '#src/cli/shell.ts'
import { asOperatorError, OperatorError } from '#src/domain/errors.ts'
import { type FieldPath, parseFieldPath } from '#src/domain/field-path.ts'
import { describeRoot } from '#src/domain/root.ts'
import { describeTarget, POD_TEMPLATE } from '#src/domain/target.ts'
import type { FoundObject } from '#src/manifests/checkout-search.ts'
import type { Checkout } from '#src/manifests/open-checkout.ts'
import { type TraceReport, traceText } from './trace-report.ts'

export interface TraceOptions {
  readonly object: string
  readonly field: string | undefined
  readonly repo: string
  /** Absent: everything in the checkout is searched. */
  readonly root: string | undefined
  readonly values: readonly string[]
  readonly release: string | undefined
  readonly json: boolean
}

/** Says where in Git an object's field comes from. Resolves with the exit code. */
export async function trace(options: TraceOptions, shell: Shell): Promise<number> {
  const wanted = objectArgument(options.object)
  const field = options.field === undefined ? undefined : fieldArgument(options.field)
  const checkout = await openForCommand(options.repo, shell)
  try {
    const { root } = options
    const found =
      root === undefined
        ? await checkout.search(wanted)
        : await checkout.find(
            rootArgument(checkout, { ...options, root, namespace: wanted.namespace }),
            wanted,
          )
    const report = await reportOn(checkout, found, field)
    shell.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : traceText(report))
    return EXIT.ok
  } catch (thrown) {
    if (!isRefusal(thrown)) throw thrown
    const { code, message, remedy } = asOperatorError(thrown)
    if (options.json) shell.stdout.write(`${JSON.stringify({ error: { code, message, remedy } }, null, 2)}\n`)
    else shell.stderr.write(failureText(thrown))
    return EXIT.refused
  } finally {
    await checkout.close()
  }
}

async function reportOn(
  checkout: Checkout,
  found: FoundObject,
  field: FieldPath | undefined,
): Promise<TraceReport> {
  const located = await checkout.locate(found, field ?? tellingField(found))
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

function fieldArgument(text: string): FieldPath {
  try {
    return parseFieldPath(text)
  } catch (error) {
    throw new OperatorError('ConfigInvalid', error instanceof Error ? error.message : 'it cannot be read', {
      object: text.slice(0, 200),
    })
  }
}

/** Without a field: the images of a workload, else the first thing below its spec or data. */
function tellingField({ origin: { object } }: FoundObject): FieldPath {
  const template = Object.entries(POD_TEMPLATE).find(([kind]) => kind === object.kind)?.[1]
  if (template !== undefined) return parseFieldPath(`${template}.spec.containers[0].image`)
  const [member] = ['spec', 'data', 'stringData', 'rules', 'webhooks'].filter(
    (each) => object[each] !== undefined,
  )
  return member === undefined ? [{ member: 'metadata' }, { member: 'name' }] : [{ member }]
}
