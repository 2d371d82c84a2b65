import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { ENGINE_HOLD_REASONS } from '#src/domain/remediation.ts'

test('docs/engines.md tells each reason for a hold, and no other', async () => {
  const text = await readFile(new URL('../../../docs/engines.md', import.meta.url), 'utf8')
  const [, table = ''] = text.split('## What holds a merged change')
  const told = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, reason]) => reason)
  assert.deepEqual(told, [...ENGINE_HOLD_REASONS])
})
