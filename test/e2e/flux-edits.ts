const container = 'spec.template.spec.containers[name=web]'

/** What is changed, where it is written, and what then differs in the cluster, `flux-system` aside. */
export const EDITS = {
  'an environment variable in a plain folder': {
    target: { kind: 'Deployment', namespace: 'rt-plain', name: 'web', root: 'plain' },
    field: `${container}.env[name=GREETING].value`,
    value: 'good day',
    file: 'apps/plain/web.yaml',
    live: { 'Deployment rt-plain/web': [`${container}.env[name=GREETING].value: "hello" → "good day"`] },
  },
  'a tag in the images of an overlay': {
    target: { kind: 'Deployment', namespace: 'rt-overlay', name: 'web', root: 'overlay' },
    field: `${container}.image`,
    value: 'registry.example.com/web:2.6',
    file: 'apps/overlays/prod/kustomization.yaml',
    live: {
      'Deployment rt-overlay/web': [
        `${container}.image: "registry.example.com/web:2.5" → "registry.example.com/web:2.6"`,
      ],
    },
  },
  'a limit in a patch file of an overlay': {
    target: { kind: 'Deployment', namespace: 'rt-overlay', name: 'web', root: 'overlay' },
    field: `${container}.resources.limits.memory`,
    value: '512Mi',
    file: 'apps/overlays/prod/memory.yaml',
    live: { 'Deployment rt-overlay/web': [`${container}.resources.limits.memory: "256Mi" → "512Mi"`] },
  },
  'a tag in spec.images of the Kustomization': {
    target: { kind: 'Deployment', namespace: 'rt-patched', name: 'web', root: 'patched' },
    field: `${container}.image`,
    value: 'registry.example.com/web:3.2',
    file: 'clusters/lab/kustomizations.yaml',
    live: {
      'Deployment rt-patched/web': [
        `${container}.image: "registry.example.com/web:3.1" → "registry.example.com/web:3.2"`,
      ],
      'Kustomization flux-system/patched': [
        'spec.images[name=registry.example.com/web].newTag: "3.1" → "3.2"',
      ],
    },
  },
  'a value in spec.patches of the Kustomization': {
    target: { kind: 'Deployment', namespace: 'rt-patched', name: 'web', root: 'patched' },
    field: `${container}.env[name=LOG_LEVEL].value`,
    value: 'warn',
    file: 'clusters/lab/kustomizations.yaml',
    live: { 'Deployment rt-patched/web': [`${container}.env[name=LOG_LEVEL].value: "debug" → "warn"`] },
  },
  'the default of a variable': {
    target: { kind: 'Deployment', namespace: 'rt-vars', name: 'web', root: 'vars' },
    field: `${container}.image`,
    value: 'registry.example.com/web:7.1',
    file: 'apps/vars/web.yaml',
    live: {
      'Deployment rt-vars/web': [
        `${container}.image: "registry.example.com/web:7.0" → "registry.example.com/web:7.1"`,
      ],
    },
  },
} as const
