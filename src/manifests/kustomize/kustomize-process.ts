import { basename } from 'node:path'
import { OperatorError } from '#src/domain/errors.ts'
import { type ConfinedLimits, runConfined } from '#src/manifests/confined-process.ts'

/** Builds the kustomization in a folder of the file system; gives the YAML it prints. */
export type Kustomizer = (folder: string, home: string) => Promise<string>

const LIMITS: ConfinedLimits = { timeMs: 30_000, output: 32 * 2 ** 20, memory: 1024 * 2 ** 20 }

/**
 * The real `kustomize build`, or `kubectl kustomize` when the binary is called so. It finds no other program (no git, no
 * helm, no plugin), no configuration, and no way out by HTTP; loading stays inside the root, and plugins, functions and
 * Helm stay off, which are its defaults. RendererMissing, RenderFailed.
 */
export function kustomizer(
  binary: string | undefined,
  limits: ConfinedLimits = LIMITS,
  stop?: AbortSignal,
): Kustomizer {
  if (binary === undefined) {
    return () =>
      Promise.reject(
        new OperatorError('RendererMissing', 'the repository uses Kustomize, and no kustomize is known'),
      )
  }
  const command = basename(binary).startsWith('kubectl') ? 'kustomize' : 'build'
  return (folder, home) =>
    runConfined({ binary, args: [command, folder], home, hidden: `${home}/tree/`, stop }, limits)
}
