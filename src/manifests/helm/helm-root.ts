import { OperatorError } from '#src/domain/errors.ts'
import type { RootStrategy } from '#src/manifests/render-root.ts'
import { type ChartClosure, chartClosureOf } from './helm-chart.ts'
import type { HelmTools } from './helm-edit-candidates.ts'
import { objectsPrinted, printedDocuments } from './helm-output.ts'
import { withChart } from './helm-render.ts'

/** A chart with its values, as `helm template` renders it. */
export function chartRoots(tools: HelmTools): RootStrategy<ChartClosure> {
  return {
    closure: (files, root) => chartClosureOf(tools.reader, files, root),
    isLasting: () => false,
    async build(files, root, closure) {
      const object = root.folder
      if (root.overrides !== undefined)
        throw new OperatorError(
          'RenderFailed',
          'what a post-renderer makes of a chart is not rendered here',
          {
            object,
          },
        )
      const output = await withChart(tools, files, root, closure, (render) => render())
      const printed = objectsPrinted(printedDocuments(output))
      if ('error' in printed) throw new OperatorError('RenderFailed', printed.error, { object })
      return { objects: printed.map((each) => each.object), weight: 200 + 3 * output.length }
    },
  }
}
