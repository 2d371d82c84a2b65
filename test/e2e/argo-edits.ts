const container = 'spec.template.spec.containers[name=web]'

/** What is changed, where it is written, and what then differs in the cluster, the Application itself aside. */
export const EDITS = {
  'an environment variable in a directory': {
    target: { kind: 'Deployment', namespace: 'ra-directory', name: 'web', root: 'directory' },
    field: `${container}.env[name=GREETING].value`,
    value: 'good day',
    file: 'apps/directory/web.yaml',
    live: { 'Deployment ra-directory/web': [`${container}.env[name=GREETING].value: "hello" → "good day"`] },
  },
  'an image override of the Application': {
    target: { kind: 'Deployment', namespace: 'ra-kustomize', name: 'eu-web-v2', root: 'kustomize' },
    field: `${container}.image`,
    value: 'registry.example.com/web:3.2',
    file: 'argocd/apps.yaml',
    live: {
      'Deployment ra-kustomize/eu-web-v2': [
        `${container}.image: "registry.example.com/web:3.1" → "registry.example.com/web:3.2"`,
      ],
    },
  },
  'a replica override of the Application': {
    target: { kind: 'Deployment', namespace: 'ra-kustomize', name: 'eu-web-v2', root: 'kustomize' },
    field: 'spec.replicas',
    value: 3,
    file: 'argocd/apps.yaml',
    live: { 'Deployment ra-kustomize/eu-web-v2': ['spec.replicas: 2 → 3'] },
  },
  'a value in a values file of the chart': {
    target: { kind: 'Deployment', namespace: 'ra-helm', name: 'shop-web', root: 'helm' },
    field: `${container}.env[name=GREETING].value`,
    value: 'good day',
    file: 'charts/web/values-prod.yaml',
    live: {
      'Deployment ra-helm/shop-web': [
        `${container}.env[name=GREETING].value: "from values-prod" → "good day"`,
      ],
    },
  },
  'a value in valuesObject': {
    target: { kind: 'Deployment', namespace: 'ra-helm', name: 'shop-web', root: 'helm' },
    field: `${container}.resources.limits.memory`,
    value: '512Mi',
    file: 'argocd/apps.yaml',
    live: { 'Deployment ra-helm/shop-web': [`${container}.resources.limits.memory: "256Mi" → "512Mi"`] },
  },
  'a parameter': {
    target: { kind: 'Deployment', namespace: 'ra-helm', name: 'shop-web', root: 'helm' },
    field: `${container}.env[name=LOG_LEVEL].value`,
    value: 'warn',
    file: 'argocd/apps.yaml',
    live: { 'Deployment ra-helm/shop-web': [`${container}.env[name=LOG_LEVEL].value: "debug" → "warn"`] },
  },
  'a values file behind $ref': {
    target: { kind: 'Deployment', namespace: 'ra-multi', name: 'multi-web', root: 'multi' },
    field: `${container}.image`,
    value: 'registry.example.com/web:6.1',
    file: 'values/multi.yaml',
    live: {
      'Deployment ra-multi/multi-web': [
        `${container}.image: "registry.example.com/web:6.0" → "registry.example.com/web:6.1"`,
      ],
    },
  },
} as const
