import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Root } from '#src/domain/root.ts'
import type { Hold, Unrenderable, WantedRevision } from '#src/manifests/engines/engine-source.ts'
import { engineSources } from '#src/manifests/engines/engine-sources.ts'
import { fluxRevision } from '#src/manifests/engines/wanted-revision.ts'
import { objectsIn, treeOf } from './given.ts'

const URL = 'https://git.example.com/shop/fleet'
const GIT = `
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: { name: fleet, namespace: flux-system }
spec: { url: "${URL}", ref: { branch: main } }
`

function only(objects: string, files: Readonly<Record<string, string>> = {}, settings = {}) {
  const found = engineSources(objectsIn(objects), { trees: [treeOf(URL, files)], ...settings })
  assert.equal(found.length, 1)
  const [source] = found
  assert.ok(source)
  return source
}

function kustomization(spec: string, others = '', name = 'apps') {
  return `${GIT}---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: ${name}, namespace: flux-system }
spec: { sourceRef: { kind: GitRepository, name: fleet }, ${spec} }
${others}`
}

function release(spec: string, others = '', name = 'web') {
  return `${GIT}---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: ${name}, namespace: shop }
spec: { ${spec} }
${others}`
}

const CHART =
  'chart: { spec: { chart: ./charts/web, reconcileStrategy: Revision, sourceRef: { kind: GitRepository, name: fleet, namespace: flux-system } } }'

function problem(root: Root | Unrenderable): string {
  return 'problem' in root ? root.problem : ''
}

function reasons(holds: readonly Hold[]): readonly string[] {
  return holds.map(({ reason }) => reason)
}

describe('a GitRepository follows', () => {
  const REFS: Readonly<Record<string, readonly [Parameters<typeof fluxRevision>[0], WantedRevision]>> = {
    'master when nothing is said': [undefined, { kind: 'branch', name: 'master' }],
    'its branch': [{ branch: 'prod' }, { kind: 'branch', name: 'prod' }],
    'a tag before a branch': [
      { branch: 'prod', tag: 'v1' },
      { kind: 'tag', name: 'v1' },
    ],
    'a range before a tag': [
      { tag: 'v1', semver: '1.x' },
      { kind: 'semver', name: '1.x' },
    ],
    'a name before a range': [
      { semver: '1.x', name: 'refs/heads/prod' },
      { kind: 'branch', name: 'prod' },
    ],
    'a tag by its whole name': [{ name: 'refs/tags/v1' }, { kind: 'tag', name: 'v1' }],
    'a pull request by its name': [
      { name: 'refs/pull/1/head' },
      { kind: 'reference', name: 'refs/pull/1/head' },
    ],
    'a commit before all': [
      { commit: 'abc', branch: 'main', name: 'refs/heads/x' },
      { kind: 'commit', name: 'abc' },
    ],
  }
  for (const [claim, [ref, expected]] of Object.entries(REFS)) {
    test(claim, () => assert.deepEqual(fluxRevision(ref), expected))
  }
})

describe('a Kustomization that cannot be rendered says why:', () => {
  const OCI = `---
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: { name: built, namespace: flux-system }
spec: { url: oci://registry.example.com/built }
status: { artifact: { metadata: { org.opencontainers.image.source: "https://git.example.com/shop/fleet.git" } } }
`
  const PROBLEMS: Readonly<Record<string, readonly [string, RegExp]>> = {
    'no source': [
      kustomization('sourceRef: {}').replace('sourceRef: { kind: GitRepository, name: fleet }, ', ''),
      /names no source/,
    ],
    'a source that is not there': [
      kustomization('path: ./').replace('name: fleet }, path', 'name: gone }, path'),
      /GitRepository flux-system\/gone is not there/,
    ],
    'variables of a Secret, even an optional one': [
      kustomization('postBuild: { substituteFrom: [{ kind: Secret, name: s, optional: true }] }'),
      /come from the Secret flux-system\/s, and Secrets are not read/,
    ],
    'variables of a ConfigMap that is not there': [
      kustomization('postBuild: { substituteFrom: [{ kind: ConfigMap, name: c }] }'),
      /ConfigMap flux-system\/c, which is not there/,
    ],
    'an artifact that says which repository it was made of': [
      kustomization('path: ./', OCI).replace(
        'kind: GitRepository, name: fleet }',
        'kind: OCIRepository, name: built }',
      ),
      /an artifact that something else makes of git\.example\.com\/shop\/fleet/,
    ],
    'a folder that another source is copied into': [
      kustomization('path: ./vendor/base').replace(
        'ref: { branch: main }',
        'ref: { branch: main }, include: [{ repository: { name: other }, toPath: vendor }]',
      ),
      /vendor\/base is copied in from another source/,
    ],
  }
  for (const [claim, [objects, expected]] of Object.entries(PROBLEMS)) {
    test(claim, () => assert.match(problem(only(objects).root), expected))
  }
})

describe('a Kustomization', () => {
  test('cannot leave the repository by its path', () => {
    const { root } = only(kustomization('path: ../../etc/./apps/'))
    assert.deepEqual(root, { folder: 'etc/apps' })
  })

  test('substitutes nothing without variables, unless it always does', () => {
    assert.deepEqual(only(kustomization('postBuild: { substitute: {} }')).root, { folder: '' })
    const always = only(kustomization('postBuild: { substituteStrategy: Always }')).root
    assert.deepEqual('overrides' in always && always.overrides?.substitute, {})
  })

  test('leaves out components that are not there only where it says so', () => {
    const files = { 'components/a/kustomization.yaml': '' }
    const spec = 'path: apps, components: [../components/a, ../components/b]'
    const components = (more: string) => {
      const { root } = only(kustomization(spec + more), files)
      return 'overrides' in root ? root.overrides?.components : undefined
    }
    assert.deepEqual(components(''), ['../components/a', '../components/b'])
    assert.deepEqual(components(', ignoreMissingComponents: true'), ['../components/a'])
  })

  test('that applies to another cluster or ignores fields is held', () => {
    const source = only(
      kustomization(
        'kubeConfig: { secretRef: { name: prod } }, ignore: [{ paths: [/spec/replicas], target: { kind: Deployment } }]',
      ),
    )
    assert.equal(source.destination.cluster, 'of the kubeConfig prod')
    assert.deepEqual(source.holds, [
      {
        reason: 'RemoteCluster',
        sentence:
          'Kustomization flux-system/apps applies to another cluster (of the kubeConfig prod), not to this one',
      },
      {
        reason: 'Ignored',
        sentence:
          'Kustomization flux-system/apps ignores /spec/replicas: a change there in Git is not applied',
        only: { kind: 'Deployment', pointers: ['/spec/replicas'] },
      },
    ])
  })
})

describe('a HelmRelease', () => {
  const helm = (root: Root | Unrenderable) => ('helm' in root ? root.helm : undefined)

  test('is held where its chart needs a new version, for changes of the chart', () => {
    const { holds } = only(release(CHART.replace('reconcileStrategy: Revision, ', '')))
    assert.deepEqual(
      holds.map(({ reason, below }) => [reason, below]),
      [['ChartVersion', 'charts/web']],
    )
    assert.deepEqual(only(release(CHART)).holds, [])
  })

  test('replaces the chart’s values.yaml by valuesFiles, unless it is their first', () => {
    const values = (files: string, more = '', present = {}) => {
      const { root } = only(
        release(CHART.replace('chart: ./', `valuesFiles: ${files}, ${more}chart: ./`)),
        present,
      )
      return [helm(root)?.withoutOwnValues ?? false, helm(root)?.values]
    }
    const file = (path: string) => ({ kind: 'file', path })
    assert.deepEqual(values('[charts/web/values.yaml, ./charts/web/prod.yaml]'), [
      false,
      [file('charts/web/prod.yaml')],
    ])
    assert.deepEqual(values('[env/prod.yaml]'), [true, [file('env/prod.yaml')]])
    assert.deepEqual(
      values('[env/gone.yaml, env/prod.yaml]', 'ignoreMissingValuesFiles: true, ', { 'env/prod.yaml': '' }),
      [true, [file('env/prod.yaml')]],
    )
  })

  const NAMES: Readonly<Record<string, readonly [string, string]>> = {
    'by its own name': [CHART, 'web'],
    'with the target namespace before it': [`${CHART}, targetNamespace: edge`, 'edge-web'],
    'as it is told': [`${CHART}, targetNamespace: edge, releaseName: front`, 'front'],
    'cut off with a digest beyond 53 characters': [
      `${CHART}, releaseName: ${'a'.repeat(54)}`,
      // printf %s aaaa… | sha256sum
      `${'a'.repeat(40)}-a3f01b693925`,
    ],
  }
  for (const [claim, [spec, expected]] of Object.entries(NAMES)) {
    test(`names its release ${claim}`, () => assert.equal(helm(only(release(spec)).root)?.release, expected))
  }

  test('reads ConfigMaps as text of YAML, where no file generates them', () => {
    const config = `---
apiVersion: v1
kind: ConfigMap
metadata: { name: web-values-5f6h7k8m9t, namespace: shop }
data: { values.yaml: "image: {tag: b}" }
`
    const { root } = only(
      release(`${CHART}, valuesFrom: [{ kind: ConfigMap, name: web-values-5f6h7k8m9t }]`, config),
    )
    assert.deepEqual(helm(root)?.values, [
      {
        kind: 'inline',
        values: { image: { tag: 'b' } },
        site: {
          object: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'web-values-5f6h7k8m9t' },
          field: 'data["values.yaml"]',
          text: true,
        },
      },
    ])
  })

  test('finds the file of a generated ConfigMap under its name with a hash', () => {
    const { root } = only(
      release(`${CHART}, valuesFrom: [{ kind: ConfigMap, name: web-values-5f6h7k8m9t }]`),
      {
        'apps/kustomization.yaml': 'configMapGenerator: [{ name: web-values, files: [values.yaml] }]',
        'apps/values.yaml': '',
      },
    )
    assert.deepEqual(helm(root)?.values, [{ kind: 'file', path: 'apps/values.yaml' }])
  })

  test('takes one post-renderer and common metadata', () => {
    const { root } = only(
      release(
        `${CHART}, commonMetadata: { labels: { team: shop } }, postRenderers: [{ kustomize: { images: [{ name: web, newTag: "2" }] } }]`,
      ),
    )
    const object = {
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      namespace: 'shop',
      name: 'web',
    }
    assert.deepEqual('overrides' in root && root.overrides, {
      site: { object, field: 'spec.postRenderers[0].kustomize' },
      sites: { labels: { object, field: 'spec.commonMetadata.labels' } },
      images: [{ name: 'web', newTag: '2' }],
      labels: { team: 'shop' },
    })
  })

  test('finds its chart through a HelmChart, whose suspension counts', () => {
    const chart = `---
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmChart
metadata: { name: web, namespace: flux-system }
spec: { chart: charts/web, suspend: true, reconcileStrategy: Revision, sourceRef: { kind: GitRepository, name: fleet } }
`
    const source = only(release('chartRef: { kind: HelmChart, name: web, namespace: flux-system }', chart))
    assert.equal(source.root.folder, 'charts/web')
    assert.deepEqual(reasons(source.holds), ['Suspended'])
  })

  const PROBLEMS: Readonly<Record<string, readonly [string, RegExp]>> = {
    'no chart': [release('interval: 1m'), /names no chart/],
    'values of a Secret': [
      release(`${CHART}, valuesFrom: [{ kind: Secret, name: s }]`),
      /Secret shop\/s, and Secrets are not read/,
    ],
    'values of a ConfigMap that is not there': [
      release(`${CHART}, valuesFrom: [{ kind: ConfigMap, name: c }]`),
      /ConfigMap shop\/c, which is not there/,
    ],
    'a key that every object of JavaScript has': [
      release(
        `${CHART}, valuesFrom: [{ kind: ConfigMap, name: c, valuesKey: toString, targetPath: a }]`,
        '---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: c, namespace: shop }\ndata: { k: x }\n',
      ),
      /which has no key toString/,
    ],
    'values that are no YAML': [
      release(
        `${CHART}, valuesFrom: [{ kind: ConfigMap, name: c }]`,
        '---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: c, namespace: shop }\ndata: { values.yaml: "{" }\n',
      ),
      /cannot be read/,
    ],
    'values that are a list': [
      release(
        `${CHART}, valuesFrom: [{ kind: ConfigMap, name: c }]`,
        '---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: c, namespace: shop }\ndata: { values.yaml: "[1]" }\n',
      ),
      /are not a mapping/,
    ],
    'a value at a position': [
      release(
        `${CHART}, valuesFrom: [{ kind: ConfigMap, name: c, valuesKey: k, targetPath: "hosts[0]" }]`,
        '---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: c, namespace: shop }\ndata: { k: x }\n',
      ),
      /by its position/,
    ],
    'several post-renderers': [
      release(
        `${CHART}, postRenderers: [{ kustomize: { images: [{ name: a }] } }, { kustomize: { images: [{ name: b }] } }]`,
      ),
      /several post-renderers/,
    ],
    'an OCI chart': [
      release(
        'chartRef: { kind: OCIRepository, name: web }',
        '---\napiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nmetadata: { name: web, namespace: shop }\nspec: { url: oci://r.example.com/charts/web, ref: { tag: 1.0.0 } }\n',
      ),
      /the chart web 1\.0\.0 comes from OCIRepository shop\/web/,
    ],
  }
  for (const [claim, [objects, expected]] of Object.entries(PROBLEMS)) {
    test(`that cannot be rendered says why: ${claim}`, () =>
      assert.match(problem(only(objects).root), expected))
  }

  test('whose optional ConfigMap is not there goes without', () => {
    const { root } = only(release(`${CHART}, valuesFrom: [{ kind: ConfigMap, name: c, optional: true }]`))
    assert.deepEqual(helm(root)?.values, [])
  })
})
