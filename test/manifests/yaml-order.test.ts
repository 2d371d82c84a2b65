import { edits, set } from './edit-text.ts'

const container = (...lines: readonly string[]) => `containers:\n  - ${lines.join('\n    ')}\n`

edits({
  'a command goes between the image and the ports': [
    container('name: web', 'image: a', 'ports: []', 'volumeMounts: []'),
    set('containers[0].command', ['x']),
    container('name: web', 'image: a', 'command:', '  - x', 'ports: []', 'volumeMounts: []'),
  ],
  'a probe goes behind ports and resources': [
    container('name: web', 'image: a', 'ports: []', 'resources: {}', 'volumeMounts: []'),
    set('containers[0].livenessProbe', {}),
    container('name: web', 'image: a', 'ports: []', 'resources: {}', 'livenessProbe: {}', 'volumeMounts: []'),
  ],
  'a namespace goes between name and labels': [
    'metadata:\n  name: a\n  labels: {}\n',
    set('metadata.namespace', 'shop'),
    'metadata:\n  name: a\n  namespace: shop\n  labels: {}\n',
  ],
  'a Deployment has its fields in the usual order': [
    'kind: Deployment\nspec:\n  replicas: 1\n  selector: {}\n  template: {}\n',
    [set('spec.revisionHistoryLimit', 3), set('spec.strategy.type', 'Recreate')],
    'kind: Deployment\nspec:\n  replicas: 1\n  revisionHistoryLimit: 3\n  selector: {}\n  strategy:\n    type: Recreate\n  template: {}\n',
  ],
  'metadata goes before the spec': [
    'apiVersion: v1\nkind: Pod\nspec: {}\n',
    set('metadata.name', 'a'),
    'apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec: {}\n',
  ],
  'images of a kustomization go behind its patches': [
    'kind: Kustomization\nresources: []\npatches: []\nreplicas: []\n',
    set('images', []),
    'kind: Kustomization\nresources: []\npatches: []\nimages: []\nreplicas: []\n',
  ],
  'the value of an environment variable goes behind its name': [
    'env:\n  - name: A\n    extra: 1\n',
    set('env[name=A].value', 'x'),
    'env:\n  - name: A\n    value: x\n    extra: 1\n',
  ],
  'limits and requests stand as they do in a sibling': [
    'containers:\n- name: a\n  resources:\n    limits: {cpu: 1}\n    requests: {cpu: 1}\n- name: b\n  resources:\n    requests:\n      cpu: 1\n',
    set('containers[name=b].resources.limits.cpu', 2),
    'containers:\n- name: a\n  resources:\n    limits: {cpu: 1}\n    requests: {cpu: 1}\n- name: b\n  resources:\n    limits:\n      cpu: 2\n    requests:\n      cpu: 1\n',
  ],
  'quantities stand as they do in the other half': [
    'resources:\n  requests:\n    memory: 1Gi\n    cpu: 1\n  limits:\n    cpu: 2\n',
    set('resources.limits.memory', '2Gi'),
    'resources:\n  requests:\n    memory: 1Gi\n    cpu: 1\n  limits:\n    memory: 2Gi\n    cpu: 2\n',
  ],
  'a map in the order of the alphabet stays in it': [
    'data:\n  a: 1\n  c: 1\n  d: 1\n  e: 1\n',
    set('data.b', 2),
    'data:\n  a: 1\n  b: 2\n  c: 1\n  d: 1\n  e: 1\n',
  ],
  'a container in the order of the alphabet stays in it': [
    container('args: []', 'image: a', 'name: web', 'ports: []'),
    set('containers[0].command', ['x']),
    container('args: []', 'command:', '  - x', 'image: a', 'name: web', 'ports: []'),
  ],
  'an unknown key goes to the end, before what belongs to the next thing': [
    'a:\n  z: 1\n  b: 1\n\n# about c\nc: 1\n',
    set('a.x', 2),
    'a:\n  z: 1\n  b: 1\n  x: 2\n\n# about c\nc: 1\n',
  ],
  'a key that comes first stays behind its dash': [
    'containers:\n- image: a\n  ports: []\n',
    set('containers[0].name', 'web'),
    'containers:\n- image: a\n  name: web\n  ports: []\n',
  ],
})
