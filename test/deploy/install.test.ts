import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parse } from 'yaml'
import { parseConfig } from '#src/config/config.ts'
import { isObject, type Json } from '#src/domain/json.ts'
import { asJson, type KubeObject, member } from '#src/domain/kube-object.ts'
import { BASE, renderBase } from '../../deploy/render-base.ts'
import { DEPLOY, fromChart, fromKustomize } from './rendered.ts'

const chart = await fromChart()
const example = join(DEPLOY, 'kustomize/example')
const exampleChart = await fromChart('--values', join(example, 'values.yaml'))

describe('chart and Kustomize base are the same installation', () => {
  test('the base holds what the chart renders', async () => {
    assert.equal(await readFile(BASE, 'utf8'), await renderBase(), 'run: node deploy/render-base.ts')
  })

  test('with their own values', async () => {
    assert.deepEqual((await fromKustomize('kustomize/base')).map(comparable), chart.map(comparable))
  })

  test('with repositories, grants and Secrets, as the example overlay and its values give them', async () => {
    const overlay = await fromKustomize('kustomize/example')
    assert.deepEqual(overlay.map(comparable), exampleChart.map(comparable))
  })

  test('and both carry the version of the package', async () => {
    const { version } = JSON.parse(await readFile(join(DEPLOY, '../package.json'), 'utf8'))
    const about = parse(await readFile(join(DEPLOY, 'chart/Chart.yaml'), 'utf8'))
    assert.deepEqual([about.version, about.appVersion], [version, version])
  })
})

/**
 * Without what is meant to differ: CRDs are kept by an annotation for helm alone, a change of the configuration restarts the
 * chart's pod by a checksum, and each writes the configuration in its own style.
 */
function comparable(object: KubeObject): unknown {
  const copy = structuredClone(asJson(object))
  for (const path of [['metadata'], ['spec', 'template', 'metadata']]) {
    const metadata = path.reduce<Json | undefined>((at, key) => member(at, key), copy)
    if (isObject(metadata)) Reflect.deleteProperty(metadata, 'annotations')
  }
  const config = member(member(copy, 'data'), 'operator.yaml')
  if (typeof config === 'string') return { ...copy, data: parse(config) }
  return object.kind === 'Deployment' ? unordered(copy) : copy
}

/** Containers' lists are merged by name: their order says nothing. */
function unordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(unordered).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  }
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(members.map(([key, each]) => [key, unordered(each)]))
}

test('the configuration of the example is one that the operator takes', () => {
  const config = exampleChart.find(
    ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'aiops-operator',
  )
  const text = member(member(config && asJson(config), 'data'), 'operator.yaml')
  const parsed = parseConfig({ file: String(text) })
  assert.ok(parsed.ok, JSON.stringify(parsed))
})

describe('what the operator is granted', () => {
  const rules = exampleChart
    .filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role')
    .flatMap((role) => {
      const list = member(asJson(role), 'rules')
      return (Array.isArray(list) ? list : []).map((rule) => ({ role: role.metadata.name, ...rule }) as Rule)
    })

  test('names every group, resource and verb', () => {
    const words = rules.flatMap(({ apiGroups, resources, verbs }) => [...apiGroups, ...resources, ...verbs])
    assert.ok(words.length > 50)
    assert.deepEqual(
      words.filter((word) => word.includes('*')),
      [],
    )
  })

  test('leaves Secrets, ConfigMaps, RBAC and tokens alone, and lets it be nobody else', () => {
    const forbidden = /^(secrets|configmaps|serviceaccounts|.*roles|.*rolebindings|tokenreviews|pods\/exec)$/
    const broken = rules.filter(
      ({ resources, verbs }) =>
        resources.some((each) => forbidden.test(each)) ||
        verbs.some((verb) => ['escalate', 'bind', 'impersonate', 'deletecollection'].includes(verb)),
    )
    assert.deepEqual(broken, [])
  })

  test('is patch on workloads in the granted namespaces, and nowhere else', () => {
    const writesWorkloads = rules.filter(
      ({ apiGroups, verbs }) =>
        apiGroups.some((group) => ['apps', 'batch'].includes(group)) &&
        verbs.some((verb) => !['get', 'list', 'watch'].includes(verb)),
    )
    assert.deepEqual(
      writesWorkloads.map(({ role, verbs }) => [role, verbs]),
      [
        ['aiops-operator-workloads', ['patch']],
        ['aiops-operator-workloads', ['patch']],
      ],
    )
    const bindings = exampleChart.filter(
      (each) => member(member(asJson(each), 'roleRef'), 'name') === 'aiops-operator-workloads',
    )
    assert.deepEqual(
      bindings.map(({ kind, metadata }) => [kind, metadata.namespace]),
      [
        ['RoleBinding', 'payments'],
        ['RoleBinding', 'shop'],
      ],
    )
  })

  test('is nothing in namespaces of a repository that is only observed', async () => {
    const repository = 'config.repositories[0].mode=observe,config.repositories[0].namespaces={shop}'
    const observed = await fromChart('--set', repository)
    assert.ok(!observed.some(({ metadata }) => metadata.namespace === 'shop'))
  })
})

interface Rule {
  readonly role: string
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

test('a mode that there is not is refused by the chart', async () => {
  await assert.rejects(fromChart('--set', 'grants.shop=write'), /grants\.shop is "write"/)
})

test('before Kubernetes 1.30 the chart leaves the guards out, and nothing else', async () => {
  const old = await fromChart('--kube-version', '1.27.0')
  const without = chart.filter(({ kind }) => !kind.startsWith('ValidatingAdmissionPolicy'))
  assert.ok(without.length < chart.length)
  assert.deepEqual(old, without)
})
