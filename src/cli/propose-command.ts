import type { Command } from 'commander'
import type { Shell } from './shell.ts'

const PROPOSE_NOTES = `
The state is what \`kubectl get … -o yaml\` prints: pods, workloads, ReplicaSets, events, nodes … of the namespaces in
question; logs are DIR/<namespace>/<pod>/<container>.log and .previous.log. The checkout may have a Git history; fixes
that undo a change need one. Without a cluster nothing is dry-run, and the report says so.

Example:
  kubectl get all,events,configmaps,nodes -A -o yaml > state.yaml
  aiops-operator propose --state state.yaml --repo ./manifests`

interface ProposeFlags {
  readonly state: readonly string[]
  readonly repo: string
  readonly logs?: string
  readonly root?: readonly string[]
  readonly now?: string
  readonly config?: string
  readonly proposers: string
  readonly json?: boolean
  readonly write?: boolean
}

export function addPropose(program: Command, shell: Shell, end: (code: number) => void): void {
  program
    .command('propose')
    .summary('find faults and propose fixes, from files instead of a cluster')
    .description('Finds what is wrong in a saved state of a cluster, and proposes fixes in a checkout.')
    .requiredOption('--state <file...>', 'the objects of a cluster, as YAML or JSON')
    .requiredOption('--repo <dir>', 'the checkout of the manifests')
    .option('--logs <dir>', "the containers' logs")
    .option('--root <path...>', 'what renders the objects; by default it is looked for')
    .option('--now <time>', 'when the state was taken, in RFC 3339; by default its newest time')
    .option('-c, --config <file>', 'roots, registryTags and policy, as YAML')
    .option('--proposers <list>', 'who is asked for a fix: playbooks, ollama, openai, claude', 'playbooks')
    .option('--json', 'print one JSON object')
    .option('--write', 'change the checkout; without it the proposals are only shown')
    .addHelpText('after', PROPOSE_NOTES)
    .action(async (flags: ProposeFlags) => {
      const { propose } = await import('./propose/propose.ts')
      const { state, repo, logs, root: roots = [], now, config, proposers } = flags
      const { json = false, write = false } = flags
      end(await propose({ state, repo, logs, roots, now, config, proposers, json, write }, shell))
    })
}
