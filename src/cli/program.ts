import { basename } from 'node:path'
import { Command, CommanderError, Option } from 'commander'
import { allSettings, type Setting } from '#src/config/settings.ts'
import { VERSION } from '#src/version.ts'
import { addDoctor, addStatus } from './cluster-commands.ts'
import { addCompletion } from './completion.ts'
import { EXIT, EXIT_CODES_HELP } from './exit-code.ts'
import { failureText } from './failure-text.ts'
import { addPropose } from './propose-command.ts'
import type { Shell } from './shell.ts'

/**
 * Runs one command line to its end. Resolves with the exit code; throws nothing. Commands are loaded when they are
 * chosen: help and complaints come at once.
 */
export async function runCommandLine(shell: Shell): Promise<number> {
  let code: number = EXIT.ok
  const program = commandLine(shell, (ended) => {
    code = ended
  })
  try {
    await program.parseAsync(shell.args, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    shell.stderr.write(failureText(error))
    return isConfigProblem(error) ? EXIT.usage : EXIT.failed
  }
}

function isConfigProblem(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ConfigInvalid'
}

function commandLine(shell: Shell, end: (code: number) => void): Command {
  const program = new Command(nameOf(shell))
    .description(
      'Turns a broken Kubernetes workload into a pull request. Merging the pull request is the approval.',
    )
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void shell.stdout.write(text),
      writeErr: (text) => void shell.stderr.write(text),
      getOutHelpWidth: () => WIDTH,
      getErrHelpWidth: () => WIDTH,
    })
    .showHelpAfterError('(--help tells the options)')
    .addHelpText('after', `\n${EXIT_CODES_HELP}`)
  addRun(program, shell, end)
  addDoctor(program, shell, end)
  addStatus(program, shell, end)
  addTrace(program, shell, end)
  addEdit(program, shell, end)
  addPropose(program, shell, end)
  addDemo(program, shell, end)
  addCompletion(program, shell)
  return program
}

const WIDTH = 110

/** Installed as `kubectl-aiops` on the PATH it is a plugin: people type `kubectl aiops`. */
function nameOf({ self }: Shell): string {
  return basename(self.at(-1) ?? '') === 'kubectl-aiops' ? 'kubectl aiops' : 'aiops-operator'
}

const RUN_NOTES = `
Each setting can stand in the configuration file, in the environment or in a flag; a flag wins over a variable, and
a variable over the file: \`ollama.contextTokens\` is OLLAMA_CONTEXT_TOKENS and --ollama-context-tokens.
Lists are separated by commas. SIGTERM and Ctrl-C stop gracefully; a second one ends at once.`

function addRun(program: Command, shell: Shell, end: (code: number) => void): void {
  const command = program
    .command('run')
    .summary('run the operator')
    .description('Runs the operator until it is stopped. Logs JSON lines to standard output.')
    .option('-c, --config <file>', 'the configuration file (YAML)')
    .addHelpText('after', RUN_NOTES)
  const settings = allSettings().map((setting) => ({ setting, option: flagOf(setting) }))
  for (const { option } of settings) command.addOption(option)
  command.action(async (options: Record<string, string | boolean | undefined>) => {
    const flags = settings.map(({ setting, option }) => [setting.flag, options[option.attributeName()]])
    const config = typeof options['config'] === 'string' ? options['config'] : undefined
    const { run } = await import('./run.ts')
    end(await run({ config, flags: Object.fromEntries(flags) }, shell))
  })
}

function flagOf({ key, flag, type, fallback, about }: Setting): Option {
  const value = type === 'true or false' ? '[true|false]' : `<${VALUE_NAME[type] ?? 'text'}>`
  const given = fallback === undefined || isEmpty(fallback) ? '' : ` Default: ${written(fallback)}.`
  const section = key.includes('.') ? `Settings of ${key.split('.')[0]}:` : 'Settings:'
  return new Option(`--${flag} ${value}`, `${about.replaceAll('`', '')}${given}`).helpGroup(section)
}

const VALUE_NAME: Readonly<Record<string, string>> = {
  path: 'path',
  URL: 'url',
  duration: 'duration',
  size: 'size',
  address: 'address',
  'whole number': 'number',
  'list of texts': 'list',
  'list of repositories': 'yaml',
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

function written(value: unknown): string {
  return Array.isArray(value) ? value.join(',') : String(value)
}

const TRACE_NOTES = `
Another value is tried in the places that may feed the field, until the render shows it: nothing is guessed, and nothing
is kept. Without --root every plain manifest and every kustomization of the checkout is searched.

Example:
  aiops-operator trace Deployment/shop/web 'spec.template.spec.containers[name=web].image'`

interface TraceFlags {
  readonly repo: string
  readonly root?: string
  readonly values?: readonly string[]
  readonly release?: string
  readonly config?: string
  readonly json?: boolean
}

function addTrace(program: Command, shell: Shell, end: (code: number) => void): void {
  program
    .command('trace')
    .summary('say which line in Git feeds a field of an object')
    .description('Finds the file and the line that a field of a rendered object comes from.')
    .argument('<object>', 'Kind/namespace/name; Kind/-/name where the manifest carries no namespace')
    .argument('[field]', 'a path of the rendered object; by default what tells most about it')
    .option('--repo <dir>', 'the checkout', '.')
    .option('--root <path>', 'what renders the object: a folder, a kustomization or a chart')
    .option('--values <file...>', "value files of a chart, after the chart's own")
    .option('--release <name>', "the chart's release name; the folder's name by default")
    .addOption(
      new Option(
        '-c, --config <file>',
        "the operator's configuration: ask its cluster and repositories instead of a checkout",
      ).conflicts(['root', 'values', 'release']),
    )
    .option('--json', 'print one JSON object')
    .addHelpText('after', TRACE_NOTES)
    .action(async (object: string, field: string | undefined, flags: TraceFlags) => {
      const { trace } = await import('./trace/trace.ts')
      const { repo, root, values = [], release, config, json = false } = flags
      end(await trace({ object, field, repo, root, values, release, config, json }, shell))
    })
}

const EDIT_NOTES = `
FIELD is a path of the rendered object: spec.template.spec.containers[name=web].resources.limits.memory; a key with
dots is written ["a.b/c"]. VALUE is a YAML scalar or flow value, written in the style that stands there.
--root is a plain folder, a kustomization or a chart, from the repository's root. The file is found by rendering, the
text is spliced, and everything that reaches the file is rendered before and after: only the named fields may differ.

Example:
  aiops-operator edit --repo . --root apps/web/overlays/prod --target Deployment/shop/web \\
    --set 'spec.template.spec.containers[name=web].resources.limits.memory=512Mi'`

interface EditFlags {
  readonly repo: string
  readonly root: string
  readonly values?: readonly string[]
  readonly release?: string
  readonly target: string
  readonly set?: readonly string[]
  readonly unset?: readonly string[]
  readonly allowShared?: boolean
  readonly overlayPatch?: boolean
  readonly write?: boolean
  readonly json?: boolean
}

function addEdit(program: Command, shell: Shell, end: (code: number) => void): void {
  const collect = (value: string, all: readonly string[] | undefined) => [...(all ?? []), value]
  program
    .command('edit')
    .summary('change one field in the file it comes from, and prove it')
    .description(
      'Changes fields of one rendered object in the files of a checkout, and proves that nothing else changes.',
    )
    .option('--repo <dir>', 'the checkout', '.')
    .option('--root <path>', 'what renders the object: a folder, a kustomization or a chart', '.')
    .option('--values <file...>', "value files of a chart, after the chart's own")
    .option('--release <name>', "the chart's release name; the folder's name by default")
    .requiredOption(
      '--target <object>',
      'Kind/namespace/name; Kind/-/name where the manifest carries no namespace',
    )
    .option('--set <field=value>', 'set a field; may be repeated', collect)
    .option('--unset <field>', 'remove a field; may be repeated', collect)
    .addOption(
      new Option('--allow-shared', 'edit a source that other rendered objects share').conflicts(
        'overlayPatch',
      ),
    )
    .option('--overlay-patch', "write a patch into the target's own overlay instead of a shared source")
    .option('--write', 'change the checkout; without it the edit is only shown')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EDIT_NOTES)
    .action(async (flags: EditFlags) => {
      const { edit } = await import('./edit/edit.ts')
      const sharing = flags.allowShared ? 'allow' : flags.overlayPatch ? 'overlay' : 'refuse'
      end(
        await edit(
          {
            ...{ repo: flags.repo, root: flags.root, target: flags.target, release: flags.release, sharing },
            ...{ values: flags.values ?? [], set: flags.set ?? [], unset: flags.unset ?? [] },
            ...{ write: flags.write ?? false, json: flags.json ?? false },
          },
          shell,
        ),
      )
    })
}

const DEMO_NOTES = `
Starts a real control plane and a Git server on loopback, breaks a Deployment by a commit, and shows each step until
it is healthy again. The first run fetches or builds the servers, which takes minutes; later ones take seconds.
Everything is stopped and removed at the end, also after Ctrl-C.`

interface DemoFlags {
  readonly interactive?: boolean
  readonly keep?: boolean
  readonly stop?: string
}

function addDemo(program: Command, shell: Shell, end: (code: number) => void): void {
  program
    .command('demo')
    .summary('show the whole job on servers of its own; needs no cluster')
    .description('Shows the whole job, from a broken Deployment to a healthy one. Needs git, and no cluster.')
    .option('-i, --interactive', 'wait until you merge the fix yourself, with git')
    .option('-k, --keep', 'leave everything running at the end, and print how to reach and stop it')
    .addOption(
      new Option('--stop <dir>', 'stop what an earlier `demo --keep` left running').conflicts([
        'interactive',
        'keep',
      ]),
    )
    .addHelpText('after', DEMO_NOTES)
    .action(async (flags: DemoFlags) => {
      if (flags.stop !== undefined) {
        const { stopKept } = await import('./demo/stop-kept.ts')
        return end(await stopKept(flags.stop, shell))
      }
      const interactive = flags.interactive ?? false
      const keep = flags.keep ?? false
      const { demo } = await import('./demo/demo.ts')
      end(await demo({ interactive, keep }, shell))
    })
  program
    .command('demo-git-server', { hidden: true })
    .description("Serves the repositories of a kept demo, in the demo's name.")
    .requiredOption('--root <dir>', 'folder of bare repositories')
    .requiredOption('--port <port>', 'loopback port')
    .action(async (flags: { readonly root: string; readonly port: string }) => {
      const { serveKeptRepositories } = await import('./demo/serve-kept.ts')
      end(await serveKeptRepositories(flags.root, Number(flags.port), shell))
    })
}
