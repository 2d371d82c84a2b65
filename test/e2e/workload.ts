import type { Behaviour } from './images.ts'

export interface WebOptions {
  readonly image: string
  readonly behaviour: Behaviour
  readonly crashMessage?: string
  /** Name of the ConfigMap that GREETING is read from. */
  readonly configMap?: string
}

/** The Deployment `web` as a team would keep it. The order of its lines is fixed: a change is a change of one line. */
export function webDeployment({ image, behaviour, crashMessage, configMap }: WebOptions): string {
  const env = [
    ...(crashMessage === undefined
      ? []
      : [`        - { name: CRASH_MESSAGE, value: ${quoted(crashMessage)} }`]),
    ...(configMap === undefined
      ? []
      : [
          '        - name: GREETING',
          '          valueFrom:',
          `            configMapKeyRef: { name: ${configMap}, key: greeting }`,
        ]),
  ]
  return [
    "# The shop's front end.",
    'apiVersion: apps/v1',
    'kind: Deployment',
    'metadata:',
    '  name: web',
    'spec:',
    '  replicas: 1',
    // A crash that comes after the start does not count as available: the release before is kept.
    '  minReadySeconds: 5',
    '  selector: { matchLabels: { app: web } }',
    '  template:',
    '    metadata: { labels: { app: web } }',
    '    spec:',
    '      terminationGracePeriodSeconds: 1',
    '      containers:',
    '      - name: web',
    `        image: ${image} # released by the pipeline`,
    ...(env.length > 0 ? ['        env:', ...env] : []),
    ...Object.entries(behaviour).map(([field, words]) => `        ${field}: ${JSON.stringify(words)}`),
    '',
  ].join('\n')
}

export function greetings(name: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  greeting: hello\n`
}

function quoted(text: string): string {
  return JSON.stringify(text)
}
