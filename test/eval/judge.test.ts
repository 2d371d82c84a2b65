import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { findServer } from '#src/embedded/provision.ts'
import { readExpectation } from './expectation.ts'
import { judge } from './judge.ts'
import { differingPaths, isNamedBy, unmet } from './judged-fields.ts'

const CASE = join(import.meta.dirname, 'cases/07-kustomize-memory-limit-cut')
const OVERLAY = 'payments/overlays/prod/resources.yaml'
const tools = {
  kustomize: () => findServer('kustomize', { progress: () => {} }),
  helm: () => Promise.reject(new Error('no chart is rendered here')),
}

/** Judges the case after these edits: text and what replaces it, by file. */
async function judged(edits: Readonly<Record<string, readonly [string, string]>>, proposals = 1) {
  const work = await mkdtemp(join(tmpdir(), 'aiops-operator-judge-'))
  try {
    const trees = { before: join(work, 'before'), after: join(work, 'after') }
    for (const tree of Object.values(trees))
      await cp(join(CASE, 'commits/02-Cost review: trim memory'), tree, { recursive: true })
    for (const [file, [from, to]] of Object.entries(edits)) {
      const text = await readFile(join(trees.after, file), 'utf8')
      assert.ok(text.includes(from), `${file} holds ${from}`)
      await writeFile(join(trees.after, file), text.replace(from, to))
    }
    return await judge(await readExpectation(join(CASE, 'expect.yaml')), proposals, trees, tools)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

const RAISED = [
  'memory: 512Mi\n            limits:\n              memory: 512Mi',
  'memory: 512Mi\n            limits:\n              memory: 1Gi',
] as const

test('the expected field alone is fixed', async () => {
  assert.deepEqual(await judged({ [OVERLAY]: RAISED }), { verdict: 'fixed', why: '' })
})

test('without a proposal it is missed', async () => {
  assert.deepEqual(await judged({}, 0), { verdict: 'missed', why: '' })
})

const WRONG: Readonly<Record<string, readonly [Parameters<typeof judged>[0], RegExp]>> = {
  'a proposal that changes nothing': [{}, /no file was changed/],
  'a value out of bounds': [{ [OVERLAY]: [RAISED[0], RAISED[1].replace('1Gi', '64Gi')] }, /is "64Gi"/],
  'another field of the target too': [
    { [OVERLAY]: [RAISED[0], RAISED[1].replace('memory: 512Mi', 'memory: 600Mi')] },
    /more of the target differs: .*requests\.memory/,
  ],
  'another file too': [
    { [OVERLAY]: RAISED, 'payments/overlays/staging/resources.yaml': ['cpu: 50m', 'cpu: 60m'] },
    /other files differ: payments\/overlays\/staging/,
  ],
  'a render that breaks': [{ [OVERLAY]: ['kind: Deployment', 'kind: Deploymint'] }, /no longer renders/],
}
for (const [title, [edits, why]] of Object.entries(WRONG)) {
  test(`wrong: ${title}`, async () => {
    const judgement = await judged(edits)
    assert.equal(judgement.verdict, 'wrong')
    assert.match(judgement.why, why)
  })
}

test('a shared base that moves another root is wrong though the target is right', async () => {
  const expected = await readExpectation(join(CASE, 'expect.yaml'))
  assert.ok(expected.outcome === 'fix')
  const [first] = expected.anyOf
  assert.ok(first !== undefined)
  const field = 'spec.template.spec.containers[name=api].resources.limits.memory'
  const target = { ...expected.target, name: 'payments-api' }
  const work = await mkdtemp(join(tmpdir(), 'aiops-operator-judge-'))
  try {
    const trees = { before: join(work, 'before'), after: join(work, 'after') }
    for (const tree of Object.values(trees))
      await cp(join(CASE, 'commits/02-Cost review: trim memory'), tree, { recursive: true })
    const base = join(trees.after, 'payments/base/api.yaml')
    await writeFile(base, (await readFile(base, 'utf8')).replace('memory: 512Mi', 'memory: 1Gi'))
    const anyOf = [{ fields: { [field]: { equals: '1Gi' } } }]
    const { verdict, why } = await judge({ ...expected, target, anyOf }, 1, trees, tools)
    assert.equal(verdict, 'wrong')
    assert.match(why, /others differ: apps\/Deployment payments-staging\/payments-api/)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
})

test('a proposal where none is expected is wrong, and none is right', async () => {
  const trees = { before: join(CASE, 'commits'), after: join(CASE, 'commits') }
  assert.equal((await judge({ outcome: 'abstain' }, 1, trees, tools)).verdict, 'wrong')
  assert.equal((await judge({ outcome: 'abstain' }, 0, trees, tools)).verdict, 'right to abstain')
})

test('differences are told down to the leaves: lists by name where every item has one, else by position', () => {
  const before = { a: [{ name: 'x', v: 1 }], b: [1, 2], c: { d: 1 } }
  const after = {
    a: [
      { name: 'y', v: 1 },
      { name: 'x', v: 2 },
    ],
    b: [1, 3, 4],
    c: {},
    'e.f/g': true,
  }
  assert.deepEqual(differingPaths(before, after), [
    'a[name=x].v',
    'a[name=y].name',
    'a[name=y].v',
    'b[1]',
    'b[2]',
    'c.d',
    '["e.f/g"]',
  ])
})

test('a path covers what is below it and the name of the item that it is in, and nothing beside it', () => {
  const field = 'spec.env[name=A].value'
  assert.equal(isNamedBy('spec.env[name=A].value', [field]), true)
  assert.equal(isNamedBy('spec.env[name=A].name', [field]), true)
  assert.equal(isNamedBy('spec.env[name=A].valueFrom', [field]), false)
  assert.equal(isNamedBy('spec.env[name=B].name', [field]), false)
  assert.equal(isNamedBy('spec.limits.memory', ['spec.limits']), true)
  assert.equal(isNamedBy('spec.limits', ['spec.limits.memory']), false)
})

test('conditions: equal, one of, absent, and quantities between bounds', () => {
  const object = { image: 'a:1', memory: '512Mi', port: 80 }
  assert.equal(unmet(object, 'image', { equals: 'a:1' }), undefined)
  assert.match(unmet(object, 'image', { equals: 'a:2' }) ?? '', /image is "a:1"/)
  assert.equal(unmet(object, 'port', { oneOf: [80, 443] }), undefined)
  assert.match(unmet(object, 'port', { oneOf: ['80'] }) ?? '', /port is 80/)
  assert.equal(unmet(object, 'args', { absent: true }), undefined)
  assert.match(unmet(object, 'port', { absent: true }) ?? '', /port is 80/)
  assert.equal(unmet(object, 'memory', { min: '0.5Gi', max: '1Gi' }), undefined)
  assert.match(unmet(object, 'memory', { max: '256Mi' }) ?? '', /memory is "512Mi"/)
  assert.match(unmet(object, 'image', { min: 1 }) ?? '', /image is "a:1"/)
})
