import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { JsonObject } from '#src/domain/json.ts'
import { referencePlaybook } from '#src/propose/playbooks/reference.ts'
import type { KnownReference } from '#src/propose/proposer.ts'
import { AT, history, incident, podSpec } from '../incidents.ts'
import { answerOf } from './answer-of.ts'

const known = (
  name: string,
  keys: readonly string[] = [],
  over: Partial<KnownReference> = {},
): KnownReference => ({
  kind: 'ConfigMap',
  name,
  keys,
  seenIn: 'git',
  ...over,
})
const fromConfigMap = (name: string, key = 'url', over: JsonObject = {}): JsonObject => ({
  name: 'URL',
  valueFrom: { configMapKeyRef: { name, key, ...over } },
})
const env = (...items: readonly JsonObject[]) => podSpec({ env: items })
const missing = (name: string, kind = 'configmap') => `${kind} "${name}" not found`
const given = (
  spec: JsonObject,
  message: string,
  references: readonly KnownReference[],
  ...older: JsonObject[]
) => incident({ reason: 'CreateContainerConfigError', message, references, git: history(spec, ...older) })
const ENV_NAME = `${AT}.env[name=URL].valueFrom.configMapKeyRef.name`
const settings = known('web-settings', ['url'])

const fixes: Record<string, [ReturnType<typeof incident>, Record<string, string>]> = {
  'a letter too few in the name of a ConfigMap': [
    given(env(fromConfigMap('web-setings')), missing('web-setings'), [settings, known('other')]),
    { [ENV_NAME]: 'web-settings' },
  ],
  'the plural wording of the API server': [
    given(env(fromConfigMap('web-setings')), missing('web-setings', 'configmaps'), [settings]),
    { [ENV_NAME]: 'web-settings' },
  ],
  'a Secret that only another workload shows': [
    given(
      env({ name: 'PW', valueFrom: { secretKeyRef: { name: 'databse', key: 'password' } } }),
      missing('databse', 'secret'),
      [known('database', [], { kind: 'Secret', seenIn: 'Deployment shop/api' }), known('database')],
    ),
    { [`${AT}.env[name=PW].valueFrom.secretKeyRef.name`]: 'database' },
  ],
  'every place of the container and its volumes that has the wrong name': [
    given(
      {
        containers: [
          {
            name: 'web',
            env: [fromConfigMap('web-setings')],
            envFrom: [{ prefix: 'X_' }, { configMapRef: { name: 'web-setings' } }],
          },
        ],
        volumes: [
          { name: 'a', configMap: { name: 'web-setings' } },
          {
            name: 'b',
            projected: { sources: [{ secret: { name: 's' } }, { configMap: { name: 'web-setings' } }] },
          },
          { name: 'c', configMap: { name: 'web-setings', optional: true } },
        ],
      },
      missing('web-setings'),
      [settings],
    ),
    {
      [ENV_NAME]: 'web-settings',
      [`${AT}.envFrom[1].configMapRef.name`]: 'web-settings',
      'spec.template.spec.volumes[name=a].configMap.name': 'web-settings',
      'spec.template.spec.volumes[name=b].projected.sources[1].configMap.name': 'web-settings',
    },
  ],
  'a key in the wrong case': [
    given(env(fromConfigMap('web-settings', 'URL')), "couldn't find key URL in ConfigMap shop/web-settings", [
      known('web-settings', ['url', 'host']),
    ]),
    { [`${AT}.env[name=URL].valueFrom.configMapKeyRef.key`]: 'url' },
  ],
  'the name that stood there before, even if no slip leads to it': [
    given(
      env(fromConfigMap('web-v2')),
      missing('web-v2'),
      [known('web-v1', ['url'])],
      env(fromConfigMap('web-v1')),
    ),
    { [ENV_NAME]: 'web-v1' },
  ],
  'the name that stood there before rather than a nearer one': [
    given(
      env(fromConfigMap('web-settingz')),
      missing('web-settingz'),
      [settings, known('shop-defaults', ['url'])],
      env(fromConfigMap('shop-defaults')),
    ),
    { [ENV_NAME]: 'shop-defaults' },
  ],
  'the nearest name when the one before is gone': [
    given(
      env(fromConfigMap('web-setings')),
      missing('web-setings'),
      [settings],
      env(fromConfigMap('legacy')),
    ),
    { [ENV_NAME]: 'web-settings' },
  ],
}

const abstentions: Record<string, [ReturnType<typeof incident>, RegExp]> = {
  'two names are equally near': [
    given(env(fromConfigMap('web-setting')), missing('web-setting'), [
      settings,
      known('web-settin', ['url']),
    ]),
    /each of web-settin, web-settings/,
  ],
  'no name is near': [given(env(fromConfigMap('payments')), missing('payments'), [settings]), /near enough/],
  'only the number differs': [
    given(env(fromConfigMap('web-v2')), missing('web-v2'), [known('web-v1', ['url'])]),
    /near enough/,
  ],
  'Git declares what is missing': [
    given(env(fromConfigMap('web-setings')), missing('web-setings'), [
      settings,
      known('web-setings', ['url']),
    ]),
    /not in the cluster yet/,
  ],
  'only a Secret has the near name': [
    given(env(fromConfigMap('web-setings')), missing('web-setings'), [{ ...settings, kind: 'Secret' }]),
    /near enough/,
  ],
  'the near ConfigMap has not the key': [
    given(env(fromConfigMap('web-setings', 'port')), missing('web-setings'), [settings]),
    /has not the keys/,
  ],
  'the reference is optional': [
    given(env(fromConfigMap('web-setings', 'url', { optional: true })), missing('web-setings'), [settings]),
    /does not use/,
  ],
  'the message is about another namespace': [
    given(
      env(fromConfigMap('web-settings', 'URL')),
      "couldn't find key URL in ConfigMap other/web-settings",
      [settings],
    ),
    /names no missing/,
  ],
  'the image runs as root although it must not': [
    given(podSpec(), 'container has runAsNonRoot and image will run as root', [settings]),
    /names no missing/,
  ],
  'our own commit set the reference': [
    incident({
      reason: 'CreateContainerConfigError',
      message: missing('web-setings'),
      references: [settings],
      git: history([env(fromConfigMap('web-setings')), { ours: true }], env(fromConfigMap('web-settings'))),
    }),
    /fix of ours/,
  ],
}

describe('the reference playbook corrects', () => {
  for (const [sentence, [incident, expected]] of Object.entries(fixes)) {
    it(sentence, async () => {
      const answer = await answerOf(referencePlaybook, incident)
      assert.ok(typeof answer !== 'string', String(answer))
      const changes = answer.map((change) => [change.field, change.op === 'set' ? change.value : undefined])
      assert.deepEqual(Object.fromEntries(changes), expected)
    })
  }
})

describe('the reference playbook abstains when', () => {
  for (const [sentence, [incident, expected]] of Object.entries(abstentions)) {
    it(sentence, async () => assert.match(String(await answerOf(referencePlaybook, incident)), expected))
  }
})
