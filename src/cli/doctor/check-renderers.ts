import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Config } from '#src/config/config.ts'
import { type Finding, findingsOf } from './finding.ts'

const TIMEOUT = 10_000

interface Program {
  readonly name: string
  /** The first that answers is the one that is used. */
  readonly candidates: readonly { readonly program: string; readonly args: readonly string[] }[]
  /** What goes wrong without it, and how to get it. */
  readonly remedy: string
  /** Without it nothing works; without the others only some repositories do not. */
  readonly always: boolean
}

/** Can git, kustomize and helm be started? */
export async function checkRenderers(
  config: Pick<Config, 'renderer'>,
  env: NodeJS.ProcessEnv,
): Promise<readonly Finding[]> {
  return Promise.all(programs(config).map((program) => programFinding(program, env)))
}

function programs({ renderer }: Pick<Config, 'renderer'>): readonly Program[] {
  const build = ['version']
  const client = ['version', '--client']
  const kustomize = renderer.kustomize
  return [
    {
      name: 'git',
      candidates: [{ program: 'git', args: ['--version'] }],
      remedy: 'Install git and put it on the PATH.',
      always: true,
    },
    {
      name: 'kustomize',
      candidates:
        kustomize === undefined
          ? [
              { program: 'kustomize', args: build },
              { program: 'kubectl', args: client },
            ]
          : [{ program: kustomize, args: /kubectl[^/]*$/.test(kustomize) ? client : build }],
      remedy:
        'Install kustomize or kubectl, or name one as renderer.kustomize: kustomizations cannot be rendered.',
      always: true,
    },
    {
      name: 'helm',
      candidates: [{ program: renderer.helm ?? 'helm', args: ['version', '--short'] }],
      remedy: 'Install helm 3 or 4, or name it as renderer.helm: charts cannot be rendered.',
      always: renderer.helm !== undefined,
    },
  ]
}

async function programFinding(wanted: Program, env: NodeJS.ProcessEnv): Promise<Finding> {
  const say = findingsOf(wanted.name)
  for (const { program, args } of wanted.candidates) {
    try {
      const { stdout } = await promisify(execFile)(program, [...args], { env, timeout: TIMEOUT })
      const [line = ''] = stdout.trim().split('\n')
      return say.ok(`${program}: ${line}`)
    } catch {
      // The next one may be there.
    }
  }
  const tried = wanted.candidates.map(({ program }) => program).join(', ')
  const sentence = `cannot be started (${tried})`
  return wanted.always ? say.failed(sentence, wanted.remedy) : say.warning(sentence, wanted.remedy)
}
