import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FieldChange } from '#src/domain/change.ts'
import type { Json, JsonObject } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { applyIntent } from '#src/execute/apply-intent.ts'

const POD = 'spec.template.spec'
const WEB = `${POD}.containers[name=web]`

const LIVE: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', uid: 'u', resourceVersion: '7' },
  spec: {
    replicas: 3,
    template: {
      spec: {
        containers: [
          {
            name: 'web',
            image: 'web:9',
            args: ['serve'],
            env: [
              { name: 'A', value: '1' },
              { name: 'B', valueFrom: { configMapKeyRef: { name: 'web', key: 'b', optional: true } } },
            ],
            ports: [
              { name: 'http', containerPort: 80, protocol: 'TCP' },
              { name: 'quic', containerPort: 80, protocol: 'UDP' },
            ],
            volumeMounts: [
              { name: 'data', mountPath: '/data' },
              { name: 'conf', mountPath: '/etc/conf' },
            ],
          },
          { name: 'sidecar', image: 'sidecar:1' },
        ],
        tolerations: [{ key: 'a', operator: 'Exists' }],
        volumes: [
          { name: 'data', emptyDir: {} },
          { name: 'conf', configMap: { name: 'web' } },
        ],
      },
    },
  },
}

const pod = (spec: JsonObject): JsonObject => ({ spec: { template: { spec } } })
const web = (container: JsonObject) => pod({ containers: [{ name: 'web', ...container }] })
const set = (field: string, value: Json): FieldChange => ({ op: 'set', field, value })
const remove = (field: string): FieldChange => ({ op: 'remove', field })

const APPLIES: Readonly<Record<string, readonly [readonly FieldChange[], JsonObject]>> = {
  'a leaf of a container is sent with the container’s name': [
    [set(`${WEB}.image`, 'web:1')],
    web({ image: 'web:1' }),
  ],
  'a leaf of a variable is sent with both names': [
    [set(`${WEB}.env[name=A].value`, '2')],
    web({ env: [{ name: 'A', value: '2' }] }),
  ],
  'a port is told by number and protocol, whatever the path tells it by': [
    [set(`${WEB}.ports[name=quic].hostPort`, 443)],
    web({ ports: [{ containerPort: 80, protocol: 'UDP', hostPort: 443 }] }),
  ],
  'a mount is told by its path, whatever the path tells it by': [
    [set(`${WEB}.volumeMounts[name=conf].subPath`, 'x')],
    web({ volumeMounts: [{ mountPath: '/etc/conf', subPath: 'x' }] }),
  ],
  'a volume is told by its name': [
    [set(`${POD}.volumes[name=conf].configMap.name`, 'web-2')],
    pod({ volumes: [{ name: 'conf', configMap: { name: 'web-2' } }] }),
  ],
  'an atomic list is sent whole': [
    [set(`${POD}.tolerations[key=a].operator`, 'Equal')],
    pod({ tolerations: [{ key: 'a', operator: 'Equal' }] }),
  ],
  'an item of an atomic list of scalars sends the list': [
    [set(`${WEB}.args[0]`, 'run')],
    web({ args: ['run'] }),
  ],
  'an atomic map is sent whole': [
    [set(`${WEB}.env[name=B].valueFrom.configMapKeyRef.key`, 'c')],
    web({ env: [{ name: 'B', valueFrom: { configMapKeyRef: { name: 'web', key: 'c', optional: true } } }] }),
  ],
  'a new item is sent whole': [
    [set(`${WEB}.env[name=C]`, { name: 'C', value: '3' })],
    web({ env: [{ name: 'C', value: '3' }] }),
  ],
  'of a whole list only what differs is sent': [
    [
      set(`${WEB}.env`, [
        { name: 'A', value: '1' },
        { name: 'B', valueFrom: { configMapKeyRef: { name: 'web', key: 'b', optional: true } } },
        { name: 'C', value: '3' },
      ]),
    ],
    web({ env: [{ name: 'C', value: '3' }] }),
  ],
  'changes of several containers meet in one list': [
    [set(`${WEB}.image`, 'web:1'), set(`${POD}.containers[name=sidecar].image`, 'sidecar:2')],
    pod({
      containers: [
        { name: 'web', image: 'web:1' },
        { name: 'sidecar', image: 'sidecar:2' },
      ],
    }),
  ],
  'what is as wanted is not sent': [
    [set(`${WEB}.image`, 'web:1'), set(`${WEB}.args`, ['serve'])],
    web({ image: 'web:1' }),
  ],
}

for (const [claim, [changes, expected]] of Object.entries(APPLIES)) {
  test(claim, () => {
    const head = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' } }
    assert.deepEqual(applyIntent(LIVE, changes), { apply: { ...head, ...expected } })
  })
}

const TESTED = [
  { op: 'test', path: '/metadata/uid', value: 'u' },
  { op: 'test', path: '/metadata/resourceVersion', value: '7' },
]
const IN_WEB = '/spec/template/spec/containers/0'
const isWeb = { op: 'test', path: `${IN_WEB}/name`, value: 'web' }

const REMOVALS: Readonly<Record<string, readonly [readonly FieldChange[], readonly JsonObject[]]>> = {
  'a removal tests every key on its way and the old value': [
    [remove(`${WEB}.env[name=A].value`)],
    [
      isWeb,
      { op: 'test', path: `${IN_WEB}/env/0/name`, value: 'A' },
      { op: 'test', path: `${IN_WEB}/env/0/value`, value: '1' },
      { op: 'remove', path: `${IN_WEB}/env/0/value` },
    ],
  ],
  'a second removal counts positions after the first': [
    [remove(`${WEB}.env[name=A]`), remove(`${WEB}.env[name=B].valueFrom`)],
    [
      isWeb,
      { op: 'test', path: `${IN_WEB}/env/0/name`, value: 'A' },
      { op: 'test', path: `${IN_WEB}/env/0`, value: { name: 'A', value: '1' } },
      { op: 'remove', path: `${IN_WEB}/env/0` },
      isWeb,
      { op: 'test', path: `${IN_WEB}/env/0/name`, value: 'B' },
      {
        op: 'test',
        path: `${IN_WEB}/env/0/valueFrom`,
        value: { configMapKeyRef: { name: 'web', key: 'b', optional: true } },
      },
      { op: 'remove', path: `${IN_WEB}/env/0/valueFrom` },
    ],
  ],
  'setting goes along with removing in one patch, and makes what is missing on the way': [
    [remove(`${WEB}.args`), set(`${WEB}.resources.limits.memory`, '64Mi'), set(`${WEB}.image`, 'web:1')],
    [
      isWeb,
      { op: 'test', path: `${IN_WEB}/args`, value: ['serve'] },
      { op: 'remove', path: `${IN_WEB}/args` },
      isWeb,
      { op: 'add', path: `${IN_WEB}/resources`, value: { limits: { memory: '64Mi' } } },
      isWeb,
      { op: 'test', path: `${IN_WEB}/image`, value: 'web:9' },
      { op: 'replace', path: `${IN_WEB}/image`, value: 'web:1' },
    ],
  ],
  'another identity is the old item removed and the new one added': [
    [set(`${WEB}.volumeMounts[name=conf].mountPath`, '/conf')],
    [
      isWeb,
      { op: 'test', path: `${IN_WEB}/volumeMounts/1/mountPath`, value: '/etc/conf' },
      { op: 'test', path: `${IN_WEB}/volumeMounts/1`, value: { name: 'conf', mountPath: '/etc/conf' } },
      { op: 'remove', path: `${IN_WEB}/volumeMounts/1` },
      isWeb,
      { op: 'add', path: `${IN_WEB}/volumeMounts/-`, value: { name: 'conf', mountPath: '/conf' } },
    ],
  ],
  'one item of an atomic list is the list replaced': [
    [remove(`${POD}.tolerations[key=a]`), remove(`${WEB}.args`)],
    [
      { op: 'test', path: '/spec/template/spec/tolerations', value: [{ key: 'a', operator: 'Exists' }] },
      { op: 'replace', path: '/spec/template/spec/tolerations', value: [] },
      isWeb,
      { op: 'test', path: `${IN_WEB}/args`, value: ['serve'] },
      { op: 'remove', path: `${IN_WEB}/args` },
    ],
  ],
}

for (const [claim, [changes, expected]] of Object.entries(REMOVALS)) {
  test(claim, () => {
    assert.deepEqual(applyIntent(LIVE, changes), { remove: [...TESTED, ...expected] })
  })
}

test('what is so already needs nothing at all', () => {
  assert.deepEqual(applyIntent(LIVE, [set(`${WEB}.image`, 'web:9'), remove(`${WEB}.command`)]), {})
})

const REFUSED: Readonly<Record<string, readonly [FieldChange, string]>> = {
  'replicas, alone or within spec': [set('spec', { replicas: 1 }), 'FieldRefused'],
  'a list item that two items of the live list fit': [
    set(`${WEB}.ports[containerPort=80].hostPort`, 1),
    'FieldRefused',
  ],
  'a field inside an item that the live list lacks': [
    set(`${WEB}.env[name=Z].value`, '1'),
    'LiveDiffersFromGit',
  ],
  'a step into a scalar': [set(`${WEB}.image.tag`, '1'), 'FieldRefused'],
  'the kind': [set('kind', 'Pod'), 'FieldRefused'],
  'the whole spec removed': [remove('spec'), 'FieldRefused'],
}

for (const [claim, [change, code]] of Object.entries(REFUSED)) {
  test(`refused: ${claim}`, () => {
    assert.throws(() => applyIntent(LIVE, [change]), { code })
  })
}
