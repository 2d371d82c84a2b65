import assert from 'node:assert/strict'
import { test } from 'node:test'
import { finerChanges } from '#src/cli/propose/finer-changes.ts'

const OBJECT = { args: ['--a=1', '--b=2'], ports: [{ port: 80 }], image: 'web:1' }

const CASES = {
  'only the item that differs': [
    { op: 'set', field: 'args', value: ['--a=1', '--b=3'] },
    [{ op: 'set', field: 'args[1]', value: '--b=3' }],
  ],
  'a list of another length stays one value': [
    { op: 'set', field: 'args', value: ['--a=1'] },
    [{ op: 'set', field: 'args', value: ['--a=1'] }],
  ],
  'a list of objects stays one value': [
    { op: 'set', field: 'ports', value: [{ port: 81 }] },
    [{ op: 'set', field: 'ports', value: [{ port: 81 }] }],
  ],
  'a scalar and a removal stay': [{ op: 'remove', field: 'image' }, [{ op: 'remove', field: 'image' }]],
} as const

for (const [title, [change, expected]] of Object.entries(CASES)) {
  test(title, () => assert.deepEqual(finerChanges(OBJECT, [change]), expected))
}
