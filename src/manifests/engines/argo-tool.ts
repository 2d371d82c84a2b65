import type { MergedSource } from './argo-context.ts'
import type { Unrenderable } from './engine-source.ts'
import { joinPath, type TreeIndex } from './tree-index.ts'

export type ArgoTool = 'helm' | 'kustomize' | 'directory'

/**
 * Which tool renders a folder (Argo CD repo-server, ExplicitType and discovery.AppType): the one block that is given;
 * else a kustomization before a Chart.yaml, as the last file of the walk counts; else a directory. A plugin that finds
 * the folder by itself comes first there and cannot be seen from here.
 */
export function argoTool(
  merged: MergedSource,
  tree: TreeIndex | undefined,
  folder: string,
): ArgoTool | Unrenderable {
  const explicit = (['helm', 'kustomize', 'directory', 'plugin'] as const).filter(
    (tool) => merged[tool] !== undefined,
  )
  if (explicit.length > 1) return { problem: `it names more than one tool: ${explicit.join(' and ')}` }
  const [tool] = explicit
  if (tool === 'plugin') return { problem: 'a config management plugin renders it' }
  if (tool !== undefined) return tool
  if (tree === undefined)
    return { problem: 'which tool renders it is not known before its repository is read' }
  const has = (name: string) => tree.has(joinPath(folder, name))
  if (['kustomization.yaml', 'kustomization.yml', 'Kustomization'].some(has)) return 'kustomize'
  return has('Chart.yaml') ? 'helm' : 'directory'
}
