import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { withProcessLock } from '#src/embedded/process-lock.ts'
import { type FindOptions, findServer } from '#src/embedded/provision.ts'

const folder = await mkdtemp(join(tmpdir(), 'aiops-operator-provision-'))
after(() => rm(folder, { recursive: true }))

async function program(...path: string[]): Promise<string> {
  const file = join(folder, ...path)
  await mkdir(join(file, '..'), { recursive: true })
  await writeFile(file, '#!/bin/sh\n')
  await chmod(file, 0o755)
  return file
}
const unreachable: typeof fetch = async () => {
  throw new Error('no network in this test')
}
const options = (env: NodeJS.ProcessEnv): FindOptions => ({ progress: () => {}, env, fetch: unreachable })

test('what is named explicitly wins over KUBEBUILDER_ASSETS, which wins over the cache', async () => {
  const named = await program('named', 'etcd-3')
  const asset = await program('assets', 'etcd')
  const KUBEBUILDER_ASSETS = join(folder, 'assets')
  assert.equal(await findServer('etcd', options({ AIOPS_ETCD_BIN: named, KUBEBUILDER_ASSETS })), named)
  assert.equal(await findServer('etcd', options({ KUBEBUILDER_ASSETS })), asset)
})

test('an explicit path that is no program is an error and not a reason to look elsewhere', async () => {
  const env = {
    AIOPS_KUBE_APISERVER_BIN: join(folder, 'nothing'),
    KUBEBUILDER_ASSETS: join(folder, 'assets'),
  }
  await assert.rejects(findServer('kube-apiserver', options(env)), {
    code: 'ServerUnavailable',
    message: /AIOPS_KUBE_APISERVER_BIN names .*nothing, which is not a program/,
  })
})

test('a kustomize or helm on the PATH is good enough; an etcd on the PATH is not', async () => {
  const onPath = await program('path', 'kustomize')
  const helm = await program('path', 'helm')
  await program('path', 'etcd')
  const PATH = join(folder, 'path')
  assert.equal(await findServer('kustomize', options({ PATH })), onPath)
  assert.equal(await findServer('helm', options({ PATH })), helm)
})

test('of those who want the same thing one works at a time, and the next wakes when it is done', async () => {
  const order: string[] = []
  let waiting = 0
  let finish = () => {}
  const finished = new Promise<void>((resolve) => {
    finish = resolve
  })
  const subject = `${folder}/subject`
  const onWait = () => {
    waiting += 1
    if (waiting === 2) finish()
  }
  const one = (name: string, work: () => Promise<void>) =>
    withProcessLock(subject, onWait, async () => {
      order.push(`${name} in`)
      await work()
      order.push(`${name} out`)
    })
  const first = one('first', () => finished)
  await Promise.all([first, one('second', async () => {}), one('third', async () => {})])
  assert.equal(waiting, 2)
  assert.deepEqual(order.slice(0, 2), ['first in', 'first out'])
  for (const index of [2, 4]) {
    assert.equal(order[index]?.replace(' in', ''), order[index + 1]?.replace(' out', ''))
  }
})

test('the lock of a failed work is free again', async () => {
  const subject = `${folder}/failing`
  const fail = () => Promise.reject(new Error('disk full'))
  await assert.rejects(
    withProcessLock(subject, () => {}, fail),
    /disk full/,
  )
  assert.equal(
    await withProcessLock(
      subject,
      () => {},
      async () => 'done',
    ),
    'done',
  )
})
