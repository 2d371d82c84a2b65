/** The rules of one room of src/. */
export interface Room {
  /** What it may import of other rooms: a room, or one file of a room (its port, or something pure). */
  readonly imports: readonly string[]
  /** Modules that any of its files may import: libraries without side effects. */
  readonly libraries: readonly string[]
  /**
   * Its files that touch the outside world (any module, process, time, randomness, timers, network). A name that ends in
   * `/` is a folder. `everything` for the rooms at the edge, which exist for that.
   */
  readonly adapters: readonly string[] | 'everything'
}

/** Who may import whom, in the order of the flow. The one place to change when a room needs more. */
export const ROOMS: Readonly<Record<string, Room>> = {
  domain: { imports: [], libraries: ['node:crypto', 'zod'], adapters: [] },
  runtime: { imports: [], libraries: ['pino'], adapters: ['system-clock.ts'] },
  detect: { imports: ['domain'], libraries: [], adapters: [] },
  evidence: {
    imports: ['domain', 'runtime', 'detect', 'cluster/kube-api.ts'],
    libraries: ['@secretlint/core', '@secretlint/profiler', '@secretlint/secretlint-rule-preset-recommend'],
    adapters: [],
  },
  propose: {
    // Its playbooks ask the checks whether a fault would be gone.
    imports: ['domain', 'runtime', 'manifests/manifests.ts', 'detect/state/'],
    libraries: ['zod', 'fastest-levenshtein', 'mustache'],
    adapters: [
      'llm/claude-model.ts',
      'llm/model-http.ts',
      'llm/ollama-model.ts',
      'llm/openai-model.ts',
      'llm/prompt-templates.ts',
    ],
  },
  manifests: {
    imports: ['domain', 'runtime'],
    libraries: ['node:path', 'yaml', 'fastest-levenshtein'],
    adapters: [
      'breathe.ts',
      'checkout/checkout-history.ts',
      'checkout/checkout-revision.ts',
      'checkout/checkout-state.ts',
      'confined-process.ts',
      'checkout/folder-objects.ts',
      'git/git-cat-file.ts',
      'git/git-credentials.ts',
      'git/git-environment.ts',
      'git/git-process.ts',
      'git/git-remote.ts',
      'git/git-store.ts',
      'helm/helm-archive.ts',
      'helm/helm-render.ts',
      'kustomize/kustomize-process.ts',
      'checkout/open-checkout.ts',
      'open-manifests.ts',
      'kustomize/kustomize-root.ts',
      'scratch.ts',
      'unified-diff.ts',
      'checkout/write-files.ts',
    ],
  },
  forge: {
    imports: ['domain', 'runtime', 'manifests/manifests.ts'],
    libraries: ['zod', 'mustache'],
    adapters: [
      'templates.ts',
      'network.ts',
      'github/app-access.ts',
      'github/github-api.ts',
      'hosted/guarded-fetch.ts',
      'hosted/paced-fetch.ts',
      'hosted/remembered-fetch.ts',
      'hosted/rest-call.ts',
    ],
  },
  execute: {
    imports: [
      'domain',
      'runtime',
      'cluster/kube-api.ts',
      'manifests/manifests.ts',
      'forge/forge.ts',
      'propose/gates/',
    ],
    libraries: ['fast-json-patch'],
    adapters: [],
  },
  cluster: {
    imports: ['domain', 'runtime'],
    libraries: ['yaml', 'zod'],
    adapters: ['connect.ts', 'fetch-transport.ts', 'kube-credentials.ts', 'kubeconfig-token-file.ts'],
  },
  reconcile: {
    imports: [
      'domain',
      'runtime',
      'detect',
      'cluster/kube-api.ts',
      'execute/apply-intent.ts',
      'execute/approval.ts',
      'execute/engine.ts',
      'execute/who-applies.ts',
      'execute/leaf-changes.ts',
      'execute/merge-in-git.ts',
      'execute/merged-change.ts',
      'forge/checks.ts',
      'forge/conversation.ts',
      'forge/forge.ts',
      'forge/head.ts',
      'forge/text/answers.ts',
      'forge/text/check-reports.ts',
      'forge/text/texts.ts',
      'manifests/engines/',
      'manifests/manifests.ts',
      'propose/gates/',
      'propose/memory/',
      'propose/propose-chain.ts',
      'propose/proposer.ts',
    ],
    libraries: [],
    adapters: [],
  },
  config: {
    imports: ['domain'],
    libraries: ['node:path', 'yaml', 'zod', 'fastest-levenshtein'],
    adapters: ['load-config.ts', 'read-secret.ts'],
  },
  http: { imports: ['domain', 'runtime'], libraries: [], adapters: 'everything' },
  embedded: { imports: ['domain', 'runtime'], libraries: [], adapters: 'everything' },
  cli: { imports: ['*'], libraries: [], adapters: 'everything' },
  /** The files at the top: the composition root. */
  main: { imports: ['*'], libraries: [], adapters: 'everything' },
}

/** The rooms that are folders, in the order of the table. */
export function folders(): readonly string[] {
  return Object.keys(ROOMS).filter((room) => room !== 'main')
}
