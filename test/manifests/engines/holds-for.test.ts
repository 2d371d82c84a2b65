import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EngineSource, Hold } from '#src/manifests/engines/engine-source.ts'
import { holdsFor } from '#src/manifests/engines/holds-for.ts'

const object = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', namespace: 'argocd', name: 'web' }
const target = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' }
const IMAGE = '/spec/template/spec/containers/0/image'

function source(hold: Partial<Hold>): EngineSource {
  return {
    engine: 'argocd',
    object,
    field: 'spec.source',
    repositoryUrl: 'git.example.com/a/b',
    revision: { kind: 'HEAD' },
    root: { folder: '' },
    valueSources: [],
    destination: {},
    holds: [{ reason: 'Ignored', sentence: 'it ignores that', ...hold }],
  }
}

const CHANGES: Readonly<Record<string, readonly [Partial<Hold>, string, boolean, string?]>> = {
  'everything, where nothing narrows it': [{}, IMAGE, true],
  'the ignored field': [{ only: { pointers: [IMAGE] } }, IMAGE, true],
  'a field below it': [{ only: { pointers: ['/spec/template'] } }, IMAGE, true],
  'a field above it': [{ only: { pointers: [IMAGE] } }, '/spec/template', true],
  'no field beside it': [{ only: { pointers: ['/spec/replicas'] } }, IMAGE, false],
  'no field whose name only begins the same': [
    { only: { pointers: ['/spec/temp'] } },
    '/spec/template',
    false,
  ],
  'no other kind': [{ only: { kind: 'StatefulSet', pointers: [] } }, IMAGE, false],
  'no other group': [{ only: { group: 'batch', pointers: [] } }, IMAGE, false],
  'the selected object': [
    { only: { group: 'apps', kind: 'Deployment', name: 'web', pointers: [] } },
    IMAGE,
    true,
  ],
  'what a pattern may select': [{ only: { name: 'web.*|api', pointers: [] } }, IMAGE, true],
  'a file of the chart': [{ below: 'charts/web' }, IMAGE, true, 'charts/web/values.yaml'],
  'no values outside of the chart': [{ below: 'charts/web' }, IMAGE, false, 'charts/web-values.yaml'],
  'a chart’s change whose file is not known': [{ below: 'charts/web' }, IMAGE, true],
}

for (const [claim, [hold, pointer, expected, file]] of Object.entries(CHANGES)) {
  test(`a hold concerns ${claim}`, () => {
    const found = holdsFor(source(hold), { target, pointer, ...(file !== undefined && { file }) })
    assert.equal(found.length, expected ? 1 : 0)
  })
}
