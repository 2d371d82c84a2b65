import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertLiveIsGit } from '#src/cli/propose/live-in-sync.ts'
import { unlikeness } from '#src/cli/propose/resemblance.ts'
import type { Json } from '#src/domain/json.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'

const CONTAINER = 'spec.template.spec.containers[name=web]'

function deployment(container: Json, labels: Readonly<Record<string, string>> = {}): KubeObject {
  const spec = { template: { spec: { containers: [container] } } }
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', labels }, spec }
}

const git = { name: 'web', image: 'web:1', resources: { limits: { memory: '1024Mi' } } }
const filledIn = { imagePullPolicy: 'IfNotPresent', terminationMessagePath: '/dev/termination-log' }

const SAME: Readonly<Record<string, readonly [live: Json, git: Json, field: string]>> = {
  'what the API server fills in': [{ ...git, ...filledIn }, git, CONTAINER],
  'a quantity in another spelling': [
    { ...git, resources: { limits: { memory: '1Gi' } } },
    git,
    `${CONTAINER}.resources.limits.memory`,
  ],
  'a part of the container that no program is about': [
    { ...git, resources: { limits: { memory: '2Gi' } } },
    git,
    CONTAINER,
  ],
  'a probe that neither has': [git, git, `${CONTAINER}.livenessProbe`],
}
for (const [title, [live, rendered, field]] of Object.entries(SAME)) {
  test(`in sync: ${title}`, () => assertLiveIsGit(deployment(live), deployment(rendered), [field]))
}

const DIFFERENT: Readonly<Record<string, readonly [live: Json, field: string]>> = {
  'another image': [{ ...git, image: 'web:2' }, CONTAINER],
  'arguments that Git does not name': [{ ...git, args: ['--x'] }, CONTAINER],
  'another limit, where that is at fault': [
    { ...git, resources: { limits: { memory: '2Gi' } } },
    `${CONTAINER}.resources.limits.memory`,
  ],
  'a request that Git does not name': [
    { ...git, resources: { ...git.resources, requests: { cpu: '1' } } },
    `${CONTAINER}.resources.requests.cpu`,
  ],
}
for (const [title, [live, field]] of Object.entries(DIFFERENT)) {
  test(`not in sync: ${title}`, () => {
    assert.throws(() => assertLiveIsGit(deployment(live), deployment(git), [field]), {
      code: 'LiveDiffersFromGit',
    })
  })
}

test('an object resembles most what it was applied from', () => {
  const live = deployment({ ...git, ...filledIn }, { env: 'prod' })
  assert.equal(unlikeness(live, deployment(git, { env: 'prod' })), 0)
  assert.equal(unlikeness(live, deployment(git, { env: 'staging' })), 1)
  assert.equal(unlikeness(live, deployment({ ...git, image: 'web:2' }, { env: 'staging' })), 2)
})
