import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mirroredHeads } from '#src/manifests/git/mirrored-heads.ts'

const PUSHED = 'a'.repeat(40)
const OTHER = 'b'.repeat(40)

test('a fetch that began before a push does not make us forget the branch that we pushed', async () => {
  let time = 0
  const mirror = new Map<string, string>()
  const heads = mirroredHeads(
    async (name) => {
      const id = mirror.get(name)
      return id === undefined ? undefined : { id, type: 'commit', size: 0, content: Buffer.alloc(0) }
    },
    () => time,
  )
  const began = ++time
  assert.equal(await heads.read('aiops/fix'), undefined)
  time++
  heads.note('aiops/fix', PUSHED)
  time++
  heads.changed(began)
  assert.equal(await heads.read('aiops/fix'), PUSHED)

  const next = ++time
  mirror.set('refs/remotes/origin/aiops/fix', OTHER)
  heads.changed(next)
  assert.equal(await heads.read('aiops/fix'), OTHER, 'what a later fetch saw counts')

  heads.note('aiops/fix', undefined)
  heads.changed(next)
  assert.equal(await heads.read('aiops/fix'), undefined, 'a deleted branch does not come back either')
})
