import { isKubeObject, type KubeObject } from '#src/domain/kube-object.ts'
import { isUnparsable, parseManifestText } from '#src/manifests/yaml/yaml-text.ts'

/** What helm printed for one document: the template it came from, and its text. */
export interface PrintedDocument {
  /** Below the chart's name: `web/templates/deployment.yaml`, `web/charts/redis/templates/master.yaml`. */
  readonly source: string
  readonly text: string
}

/** Cuts helm's output at the `# Source:` comments that it puts before each document. */
export function printedDocuments(output: string): readonly PrintedDocument[] {
  const marks = [...output.matchAll(/^---\n# Source: (.+)\n/gm)]
  return marks.map((mark, i) => ({
    source: mark[1] ?? '',
    text: output.slice(mark.index + mark[0].length, marks[i + 1]?.index ?? output.length),
  }))
}

/** An object and where helm took it from. */
export interface PrintedObject {
  readonly source: string
  readonly object: KubeObject
}

/** The objects of printed documents; a document that cannot be read gives an error sentence. */
export function objectsPrinted(
  documents: readonly PrintedDocument[],
): readonly PrintedObject[] | { readonly error: string } {
  const found: PrintedObject[] = []
  for (const { source, text } of documents) {
    const parsed = parseManifestText(text)
    if (isUnparsable(parsed)) return { error: `${source}: ${parsed.error}` }
    for (const { json } of parsed.documents) {
      const value: unknown = json
      if (isKubeObject(value)) found.push({ source, object: value })
    }
  }
  return found
}
