import { z } from 'zod'
import { MODEL_PROVIDERS } from '#src/domain/model-provider.ts'
import {
  address,
  byteSize,
  dnsLabel,
  duration,
  environmentName,
  listOf,
  oneOf,
  oneOrMore,
  path,
  say,
  someText,
  trueOrFalse,
  wholeNumber,
} from './fields.ts'
import { leaderElectionSchema } from './leader-election-schema.ts'
import { hostedSchema, modelsSchema, ollamaSchema } from './model-schema.ts'
import { repositorySchema } from './repository-schema.ts'

export const PROPOSERS = ['memory', 'playbooks', ...MODEL_PROVIDERS] as const
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const

/** The webhook bodies of GitHub and Gitea stay far below; GitHub itself ends at 25 MB. */
const LARGEST_BODY = 25 * 1024 ** 2

/** The configuration file as a strict schema. Every leaf says what it is for: flags, variables and docs are made of it. */
export const configSchema = z.strictObject(
  {
    repositories: say(
      listOf(repositorySchema, 'a list of repositories').prefault([]),
      'list of repositories',
      'The manifests repositories. In a variable or flag: the list as YAML or JSON.',
    ),
    manifestRepositories: z
      .strictObject(
        {
          watch: say(
            trueOrFalse().prefault(true),
            'true or false',
            'ManifestRepository objects of the cluster count too, beside `repositories`.',
          ),
          labelSelector: say(
            someText('a label selector').optional(),
            'text',
            'Only ManifestRepositories with these labels (`team=shop`): several operators in one cluster share them out so.',
          ),
          credentialsDir: say(
            path().prefault('/etc/aiops-operator/secrets'),
            'path',
            'Files that a ManifestRepository names as credentials have to lie below this folder.',
          ),
          tokenEnv: say(
            listOf(environmentName(), 'a list of names of environment variables').prefault([]),
            'list of texts',
            'Environment variables that a ManifestRepository may name as `tokenEnv`.',
          ),
        },
        { error: 'a mapping' },
      )
      .prefault({}),
    clusterName: say(
      dnsLabel('a name of lower-case letters, digits and dashes').optional(),
      'text',
      'Names this cluster in pull requests. Needed once a repository feeds more than one cluster.',
    ),
    kubeconfig: say(
      path().optional(),
      'path',
      'Kubeconfig file. Without it: the service account in a cluster, else ~/.kube/config.',
    ),
    stateDir: say(
      path().prefault('.aiops-operator'),
      'path',
      'Folder for clones of the repositories. It can be deleted whenever the operator does not run.',
    ),
    paused: say(
      trueOrFalse().prefault(false),
      'true or false',
      'Watch and report, but start and apply nothing.',
    ),
    concurrency: say(
      wholeNumber(1, 64).prefault(4),
      'whole number',
      'Remediations worked on at the same time.',
    ),
    settle: say(
      duration().prefault('15s'),
      'duration',
      'How long a fault has to last before a Remediation is made of it.',
    ),
    settleRecovered: say(
      duration().prefault('30s'),
      'duration',
      'How long a workload has to stay healthy before its fault counts as gone.',
    ),
    recoveryTimeout: say(
      duration(1000).prefault('10m'),
      'duration',
      'From applied until the fault has to be gone; after that the Remediation fails with NotRecovered.',
    ),
    pollInterval: say(
      duration(1000).prefault('30s'),
      'duration',
      'Between two looks at an open pull request. Finds merges whose webhook never came.',
    ),
    retention: say(
      duration(60_000).prefault('30d'),
      'duration',
      'How long an ended Remediation is kept. What keeps a fault snoozed, or is remembered as a fix, stays.',
    ),
    proposers: say(
      listOf(oneOf(PROPOSERS), `a list of ${PROPOSERS.join(', ')}`)
        .min(1, { error: 'at least one proposer' })
        .prefault(['memory', 'playbooks', 'ollama']),
      'list of texts',
      `Who is asked for a fix, in this order: ${PROPOSERS.map((name) => `\`${name}\``).join(', ')}.`,
    ),
    watch: z
      .strictObject(
        {
          namespaces: say(
            listOf(dnsLabel(), 'a list of namespaces').min(1, { error: 'at least one namespace' }).optional(),
            'list of texts',
            'Only these namespaces are watched. Without it: all.',
          ),
          excludeNamespaces: say(
            listOf(dnsLabel(), 'a list of namespaces').prefault([
              'kube-system',
              'kube-public',
              'kube-node-lease',
              'aiops-operator-system',
            ]),
            'list of texts',
            'Namespaces in which nothing is ever detected.',
          ),
        },
        { error: 'a mapping' },
      )
      .prefault({}),
    leaderElection: leaderElectionSchema.prefault({}),
    models: modelsSchema.prefault({}),
    ollama: ollamaSchema.prefault({}),
    openai: hostedSchema({
      url: 'https://api.openai.com/v1',
      urlAbout: 'An OpenAI-compatible server: the root of its API with the version.',
      model: 'gpt-4.1-mini',
    }).prefault({}),
    claude: hostedSchema({
      url: 'https://api.anthropic.com',
      urlAbout: "Anthropic's API, or a gateway that speaks it.",
      model: 'claude-haiku-4-5',
    }).prefault({}),
    webhook: z
      .strictObject(
        {
          listen: say(
            address().optional(),
            'address',
            'Where `POST /webhook` is served. Without it there is no webhook server, and merges are found by polling.',
          ),
          secretFile: say(
            oneOrMore(path(), 'a path or a list of paths').prefault([]),
            'list of texts',
            'File with the webhook secret; several while a secret is being changed. Read again for each delivery.',
          ),
          secretEnv: say(
            oneOrMore(environmentName(), 'the name of an environment variable, or a list of them').prefault(
              [],
            ),
            'list of texts',
            'Environment variable with the webhook secret; several while a secret is being changed.',
          ),
          maxBody: say(
            byteSize(LARGEST_BODY).prefault('1MiB'),
            'size',
            'Larger deliveries are refused (413, BodyTooLarge).',
          ),
        },
        { error: 'a mapping' },
      )
      .prefault({}),
    http: z
      .strictObject(
        {
          listen: say(
            address().prefault('127.0.0.1:8081'),
            'address',
            'Where `/healthz`, `/readyz` and `/metrics` are served.',
          ),
        },
        { error: 'a mapping' },
      )
      .prefault({}),
    log: z
      .strictObject(
        { level: say(oneOf(LOG_LEVELS).prefault('info'), 'text', `One of ${LOG_LEVELS.join(', ')}.`) },
        { error: 'a mapping' },
      )
      .prefault({}),
    renderer: z
      .strictObject(
        {
          kustomize: say(
            path().optional(),
            'path',
            'The `kustomize` or `kubectl` binary. Without it: the first of the two on the PATH.',
          ),
          helm: say(
            path().optional(),
            'path',
            'The `helm` binary, version 3 or 4. Without it: the one on the PATH.',
          ),
        },
        { error: 'a mapping' },
      )
      .prefault({}),
  },
  { error: 'a mapping of settings' },
)

export type ConfigInput = z.output<typeof configSchema>
