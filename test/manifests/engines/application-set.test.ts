import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { engineSources } from '#src/manifests/engines/engine-sources.ts'
import { objectsIn, treeOf } from './given.ts'

const URL = 'https://git.example.com/shop/gitops'
const GIT = `repoURL: ${URL}, revision: main`

const TREE = treeOf(URL, {
  'apps/web/kustomization.yaml': '',
  'apps/api/kustomization.yaml': '',
  'apps/api/nested/x.yaml': '',
  'apps/.hidden/x.yaml': '',
  'clusters/eu/config.json': '{"cluster": {"name": "eu", "size": 3}, "tier": "prod"}',
  'clusters/us/config.json':
    '[{"cluster": {"name": "us-1"}, "tier": "dev"}, {"cluster": {"name": "us-2"}, "tier": "dev"}]',
})

function applicationSet(generators: string, template: string, more = '') {
  return `
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: { name: set, namespace: argocd }
spec: { ${more} generators: [${generators}], template: ${template} }
`
}

function template(name: string, path: string) {
  return `{ metadata: { name: "${name}" }, spec: { source: { repoURL: ${URL}, path: "${path}", directory: {} } } }`
}

/** `NAME at FOLDER` of what is generated, or the problem. */
function generated(text: string, live = '') {
  return engineSources(objectsIn(text + live), { trees: [TREE] }).map(({ object, root }) =>
    'problem' in root ? root.problem : `${object.name} at ${root.folder}`,
  )
}

describe('an ApplicationSet expands', () => {
  const directories = `{ git: { ${GIT}, directories: [{ path: "apps/*" }] } }`
  const files = `{ git: { ${GIT}, files: [{ path: "clusters/**/config.json" }] } }`
  const list =
    '{ list: { elements: [{ name: web, env: { tier: prod } }, { name: api, env: { tier: dev } }] } }'
  const SETS: Readonly<Record<string, readonly [string, readonly string[]]>> = {
    'a list': [
      applicationSet(list, template('{{name}}-{{ env.tier }}', 'apps/{{name}}')),
      ['web-prod at apps/web', 'api-dev at apps/api'],
    ],
    'a list with Go templates': [
      applicationSet(
        list,
        template('{{ .name }}-{{ .env.tier | upper }}', 'apps/{{.name}}'),
        'goTemplate: true,',
      ),
      ['web-PROD at apps/web', 'api-DEV at apps/api'],
    ],
    'folders of one level, none that is hidden': [
      applicationSet(directories, template('{{path.basename}}', '{{path}}')),
      ['api at apps/api', 'web at apps/web'],
    ],
    'folders by their parts': [
      applicationSet(directories, template('{{path[0]}}-{{path[1]}}', '{{path}}')),
      ['apps-api at apps/api', 'apps-web at apps/web'],
    ],
    'folders with Go templates, index and a prefix for their parameters': [
      applicationSet(
        `{ git: { ${GIT}, pathParamPrefix: app, directories: [{ path: "apps/*" }] } }`,
        template('{{ index .app.path.segments 1 }}', '{{ .app.path.path }}'),
        'goTemplate: true,',
      ),
      ['api at apps/api', 'web at apps/web'],
    ],
    'files, each of which may hold several sets': [
      applicationSet(files, template('{{cluster.name}}-{{path.basename}}', '{{path}}')),
      ['eu-eu at clusters/eu', 'us-1-us at clusters/us', 'us-2-us at clusters/us'],
    ],
    'values made of the parameters': [
      applicationSet(
        `{ git: { ${GIT}, values: { id: "{{path.basename}}-x" }, directories: [{ path: "apps/*" }] } }`,
        template('{{values.id}}', '{{path}}'),
      ),
      ['api-x at apps/api', 'web-x at apps/web'],
    ],
    'a matrix, whose second generator uses the first': [
      applicationSet(
        `{ matrix: { generators: [{ list: { elements: [{ folder: apps }] } }, { git: { ${GIT}, directories: [{ path: "{{folder}}/*" }] } }] } }`,
        template('{{folder}}-{{path.basename}}', '{{path}}'),
      ),
      ['apps-api at apps/api', 'apps-web at apps/web'],
    ],
    'a merge, which leaves out what is not in its first generator': [
      applicationSet(
        '{ merge: { mergeKeys: [name], generators: [{ list: { elements: [{ name: web, folder: a }, { name: api, folder: b }] } }, { list: { elements: [{ name: api, folder: c }, { name: job, folder: d }] } }] } }',
        template('{{name}}', '{{folder}}'),
      ),
      ['web at a', 'api at c'],
    ],
    'nothing of what lives already': [
      `${applicationSet(directories, template('{{path.basename}}', '{{path}}'))}---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: web, namespace: argocd, ownerReferences: [{ apiVersion: argoproj.io/v1alpha1, kind: ApplicationSet, name: set, uid: u }] }
spec: { source: { repoURL: ${URL}, path: live, directory: {} } }
`,
      ['web at live', 'api at apps/api'],
    ],
  }
  for (const [claim, [text, expected]] of Object.entries(SETS)) {
    test(claim, () => assert.deepEqual(generated(text), expected))
  }
})

describe('an ApplicationSet that is not expanded says why:', () => {
  const list = '{ list: { elements: [{ name: web }] } }'
  const PROBLEMS: Readonly<Record<string, readonly [string, RegExp]>> = {
    clusters: [applicationSet('{ clusters: {} }', template('x', 'x')), /the generator clusters needs more/],
    'pull requests in a matrix': [
      applicationSet(`{ matrix: { generators: [${list}, { pullRequest: {} }] } }`, template('x', 'x')),
      /the generator pullRequest needs more/,
    ],
    'another repository': [
      applicationSet(
        '{ git: { repoURL: https://git.example.com/a/b, directories: [{ path: "*" }] } }',
        template('x', 'x'),
      ),
      /git\.example\.com\/a\/b is not read/,
    ],
    'a selector': [
      applicationSet('{ list: { elements: [] }, selector: { matchLabels: { a: b } } }', template('x', 'x')),
      /a selector chooses/,
    ],
    'a template of a generator': [
      applicationSet('{ list: { elements: [], template: { metadata: { name: y } } } }', template('x', 'x')),
      /template of its own/,
    ],
    'a templatePatch': [
      applicationSet(list, template('x', 'x'), 'templatePatch: "spec: {}",'),
      /templatePatch/,
    ],
    'a condition': [
      applicationSet(list, template('{{ if .name }}a{{ end }}', 'x'), 'goTemplate: true,'),
      /the template function if is not known here/,
    ],
    'a field that is not there': [
      applicationSet(list, template('{{ .other }}', 'x'), 'goTemplate: true,'),
      /the parameter \.other is not there/,
    ],
    'more than anybody wants': [
      applicationSet(
        `{ matrix: { generators: [${many('a')}, ${many('b')}] } }`,
        template('{{a}}-{{b}}', 'x'),
      ),
      /more than 2000 Applications/,
    ],
  }
  function many(key: string) {
    return `{ list: { elements: [${Array.from({ length: 60 }, (_, i) => `{ ${key}: "${i}" }`).join(', ')}] } }`
  }
  for (const [claim, [text, expected]] of Object.entries(PROBLEMS)) {
    test(claim, () => {
      const [said = '', ...others] = generated(text)
      assert.match(said, /^generated by an ApplicationSet that is not expanded here: /)
      assert.match(said, expected)
      assert.deepEqual(others, [])
    })
  }

  test('nothing where its Applications live, which say it themselves', () => {
    const text = `${applicationSet('{ clusters: {} }', template('x', 'x'))}---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: web, namespace: argocd, ownerReferences: [{ apiVersion: argoproj.io/v1alpha1, kind: ApplicationSet, name: set, uid: u }] }
spec: { source: { repoURL: ${URL}, path: live, directory: {} } }
`
    assert.deepEqual(generated(text), ['web at live'])
  })
})
