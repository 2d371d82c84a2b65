import { type Command, InvalidArgumentError, Option } from 'commander'
import { OUTPUTS, type Output } from './printed.ts'
import type { Shell } from './shell.ts'

const outputOption = () =>
  new Option('-o, --output <form>', 'how to print it').choices([...OUTPUTS]).default('table')

interface StatusFlags {
  readonly namespace?: string
  readonly kubeconfig?: string
  readonly context?: string
  readonly open?: boolean
  readonly output: Output
}

export function addStatus(program: Command, shell: Shell, end: (code: number) => void): void {
  program
    .command('status')
    .summary('list the Remediations of a cluster')
    .description(
      'Lists the Remediations of a cluster with stage, age and pull request, the latest change first.',
    )
    .option('-n, --namespace <name>', 'of one namespace; of all without it')
    .option('--kubeconfig <path>', 'the kubeconfig file; by default as kubectl finds it')
    .option('--context <name>', 'the context of the kubeconfig')
    .option('--open', 'leave out what has ended')
    .addOption(outputOption())
    .action(async ({ namespace, kubeconfig, context, open = false, output }: StatusFlags) => {
      const { status } = await import('./status/status.ts')
      const from = kubeconfig || shell.env['KUBECONFIG'] || undefined
      end(await status({ namespace, kubeconfig: from, context, open, output }, shell))
    })
}

const DOCTOR_NOTES = `
Asks as the operator would: with its configuration, its credentials and its kubeconfig. In the cluster:
  kubectl -n aiops-operator-system exec deployment/aiops-operator -- \\
    aiops-operator doctor --config /etc/aiops-operator/config/operator.yaml
From elsewhere, --service-account asks about the operator's rights instead of your own.
Nothing is changed; to the webhook's address an event goes that the operator leaves unread.
Exit code 1 when a line failed; a warning is none.`

interface DoctorFlags {
  readonly config?: string
  readonly serviceAccount?: { readonly namespace: string; readonly name: string }
  readonly webhookUrl?: string
  readonly output: Output
}

export function addDoctor(program: Command, shell: Shell, end: (code: number) => void): void {
  program
    .command('doctor')
    .summary('check everything that the operator needs')
    .description('Checks everything that the operator needs, and says for each red line what to do.')
    .option('-c, --config <file>', 'the configuration file (YAML)')
    .option(
      '--service-account <namespace/name>',
      'look at the rights of this account, not at your own',
      serviceAccount,
    )
    .option('--webhook-url <url>', "the webhook's public address: send a signed delivery there", webAddress)
    .addOption(outputOption())
    .addHelpText('after', DOCTOR_NOTES)
    .action(async ({ config, serviceAccount, webhookUrl, output }: DoctorFlags) => {
      const { doctor } = await import('./doctor/doctor.ts')
      end(await doctor({ config, whose: serviceAccount ?? 'own', webhookUrl, output }, shell))
    })
}

function serviceAccount(text: string): { readonly namespace: string; readonly name: string } {
  const [namespace, name, ...more] = text.split('/')
  if (!namespace || !name || more.length > 0) throw new InvalidArgumentError('Expected namespace/name.')
  return { namespace, name }
}

function webAddress(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new InvalidArgumentError('Expected an http(s) URL.')
  }
  return text
}
