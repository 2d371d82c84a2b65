import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import { isAtomicMap, listMapKeys } from '#src/execute/schema.ts'
import { openWorkbench } from './workbench.ts'

const { transport } = await openWorkbench()

const KINDS = {
  '/openapi/v3/apis/apps/v1': [
    'io.k8s.api.apps.v1.Deployment',
    'io.k8s.api.apps.v1.StatefulSet',
    'io.k8s.api.apps.v1.DaemonSet',
  ],
  '/openapi/v3/apis/batch/v1': ['io.k8s.api.batch.v1.CronJob'],
  '/openapi/v3/api/v1': ['io.k8s.api.core.v1.Service', 'io.k8s.api.core.v1.PersistentVolumeClaim'],
  '/openapi/v3/apis/networking.k8s.io/v1': ['io.k8s.api.networking.v1.Ingress'],
  '/openapi/v3/apis/autoscaling/v2': ['io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler'],
  '/openapi/v3/apis/policy/v1': ['io.k8s.api.policy.v1.PodDisruptionBudget'],
}

interface Found {
  readonly path: string
  readonly name: string
  readonly schema: JsonObject
}

/** Every list and map below a kind's spec that the API server can look into. */
function below(schemas: JsonObject, schema: Json | undefined, path: string, name: string): Found[] {
  const resolved = resolve(schemas, schema)
  if (path.endsWith('.metadata')) return []
  const here = { path, name, schema: resolved }
  if (resolved['type'] === 'array') {
    return resolved['x-kubernetes-list-type'] === 'map'
      ? [here, ...below(schemas, resolved['items'], `${path}[]`, '')]
      : [here]
  }
  if (resolved['x-kubernetes-map-type'] === 'atomic') return [here]
  const properties = isObject(resolved['properties']) ? resolved['properties'] : {}
  return [
    here,
    ...Object.entries(properties).flatMap(([key, child]) => below(schemas, child, `${path}.${key}`, key)),
  ]
}

function resolve(schemas: JsonObject, schema: Json | undefined): JsonObject {
  if (!isObject(schema)) return {}
  const [only] = isArray(schema['allOf']) ? schema['allOf'] : []
  const ref = schema['$ref']
  const to = typeof ref === 'string' ? schemas[ref.split('/').at(-1) ?? ''] : only
  return to === undefined ? schema : { ...resolve(schemas, to), ...schema }
}

/** A Service's ports and a container's have one name. */
function exampleOf(kind: string, list: string): JsonObject {
  return kind.endsWith('.Service') && list === 'ports' ? { port: 80 } : {}
}

test('lists and maps merge on the real API server as the table says, in every kind that is repaired', async () => {
  let checked = 0
  for (const [path, kinds] of Object.entries(KINDS)) {
    const document = await transport.json({ method: 'GET', path, about: 'OpenAPI' })
    const components = isObject(document) ? document['components'] : undefined
    const schemas = isObject(components) && isObject(components['schemas']) ? components['schemas'] : {}
    for (const kind of kinds) {
      const spec = resolve(schemas, schemas[kind])['properties']
      for (const found of below(schemas, isObject(spec) ? spec['spec'] : undefined, 'spec', 'spec')) {
        checked += 1
        if (found.schema['type'] === 'array') {
          const keys =
            found.schema['x-kubernetes-list-type'] === 'map'
              ? found.schema['x-kubernetes-list-map-keys']
              : undefined
          assert.deepEqual(
            listMapKeys(found.name, exampleOf(kind, found.name)),
            keys,
            `${kind} ${found.path}`,
          )
        } else if (found.schema['type'] === 'object' && !found.path.endsWith('[]')) {
          const atomic = found.schema['x-kubernetes-map-type'] === 'atomic'
          assert.equal(isAtomicMap(found.name), atomic, `${kind} ${found.path}`)
        }
      }
    }
  }
  assert.ok(checked > 2000, `${checked} fields looked at`)
})
