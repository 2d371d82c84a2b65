// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are variables of Flux
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FieldChange } from '#src/domain/change.ts'
import { checkoutOf, type Tree } from '../cli/edit/edit-command.ts'
import { lineDifference } from './kustomize-fixture.ts'
import { deployment } from './manifests-fixture.ts'
import { openedCheckout } from './opened-checkout.ts'

const SOURCE =
  'apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: fleet, namespace: flux-system}\nspec: {url: ssh://git@git.example/fleet.git, ref: {branch: main}}\n'
const flux = (more: string) =>
  `${SOURCE}---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: apps\n  namespace: flux-system\nspec:\n  path: ./apps\n  sourceRef: {kind: GitRepository, name: fleet}\n  targetNamespace: shop\n${more}`
const argo = (more: string) =>
  `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: apps, namespace: argocd}\nspec:\n  source:\n    repoURL: https://git.example/fleet.git\n    path: apps\n    kustomize:\n      namespace: shop\n${more}  destination: {server: https://kubernetes.default.svc, namespace: shop}\n`
const tree = (engine: string, image = 'nginx:1.0'): Tree => ({
  'engine/apps.yaml': engine,
  'apps/kustomization.yaml': 'resources: [web.yaml]\n',
  'apps/web.yaml': deployment('web', image),
})
const CONTAINER = 'spec.template.spec.containers[name=web]'
const set = (field: string, value: string | number): FieldChange => ({ op: 'set', field, value })

const CASES: Readonly<
  Record<string, readonly [files: Tree, change: FieldChange, at: string, lines: readonly string[]]>
> = {
  'an image of a Flux Kustomization': [
    tree(flux('  images:\n  - name: nginx\n    newTag: bad # why\n')),
    set(`${CONTAINER}.image`, 'nginx:v2'),
    'engine/apps.yaml:17',
    ['-    newTag: bad # why', '+    newTag: v2 # why'],
  ],
  'a patch of a Flux Kustomization': [
    tree(
      flux(
        '  patches:\n  - target: {kind: Deployment}\n    patch: |\n      - op: add\n        path: /spec/replicas\n        value: 9\n',
      ),
    ),
    set('spec.replicas', 3),
    'engine/apps.yaml:20',
    ['-        value: 9', '+        value: 3'],
  ],
  'a variable of a Flux Kustomization': [
    tree(flux('  postBuild:\n    substitute:\n      tag: bad\n'), 'nginx:${tag}'),
    set(`${CONTAINER}.image`, 'nginx:v2'),
    'engine/apps.yaml:17',
    ['-      tag: bad', '+      tag: v2'],
  ],
  'a default in the text of the manifest': [
    tree(flux('  postBuild:\n    substitute:\n      other: x\n'), 'nginx:${tag:=bad}'),
    set(`${CONTAINER}.image`, 'nginx:v2'),
    'apps/web.yaml:14',
    ['-          image: nginx:${tag:=bad} # the image', '+          image: nginx:${tag:=v2} # the image'],
  ],
  'an image of an Argo CD Application': [
    tree(argo('      images:\n      - other:v1\n      - nginx=mirror/nginx:bad\n')),
    set(`${CONTAINER}.image`, 'mirror/nginx:v2'),
    'engine/apps.yaml:12',
    ['-      - nginx=mirror/nginx:bad', '+      - nginx=mirror/nginx:v2'],
  ],
  'replicas of an Argo CD Application': [
    tree(argo('      replicas:\n      - name: web\n        count: 9\n')),
    set('spec.replicas', 3),
    'engine/apps.yaml:12',
    ['-        count: 9', '+        count: 3'],
  ],
}

for (const [title, [files, change, at, lines]] of Object.entries(CASES)) {
  test(`edits ${title}, where the engine's object says it`, async (t) => {
    const checkout = await openedCheckout(t, await checkoutOf(t, files))
    const found = await checkout.search({ kind: 'Deployment', group: 'apps', namespace: 'shop', name: 'web' })
    const { edits, files: changed, radius } = await checkout.edit(found, [change], 'refuse')
    assert.deepEqual(
      edits.map(({ file, line }) => `${file}:${line}`),
      [at],
    )
    const decode = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes)
    assert.deepEqual(
      [...changed.values()].flatMap(({ before, after }) => lineDifference(decode(before), decode(after))),
      lines,
    )
    assert.deepEqual(radius, [])
  })
}
