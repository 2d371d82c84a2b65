import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Command, commandIn } from '#src/reconcile/round/command.ts'

const DAY = 86_400_000

const CASES: Readonly<Record<string, readonly [string, Command | undefined]>> = {
  'a retry': ['/aiops retry', { do: 'retry', hint: undefined }],
  'a retry with a hint over lines': [
    'Hm.\r\n/aiops retry the registry moved\r\nto ghcr.io',
    { do: 'retry', hint: 'the registry moved\nto ghcr.io' },
  ],
  'an explanation, whatever follows': ['/aiops EXPLAIN please', { do: 'explain' }],
  'a rejection with a reason': ['/aiops reject  not ours', { do: 'reject', reason: 'not ours' }],
  'a rejection without one': ['/aiops reject', { do: 'reject', reason: undefined }],
  'a snooze of days': ['/aiops snooze 7d', { do: 'snooze', forMs: 7 * DAY }],
  'a snooze of minutes': ['/aiops snooze 30m', { do: 'snooze', forMs: 1_800_000 }],
  'a snooze of years': ['/aiops snooze 9999w', { do: 'unknown', said: 'snooze 9999w' }],
  'a snooze of no time': ['/aiops snooze', { do: 'unknown', said: 'snooze' }],
  'a snooze of nothing': ['/aiops snooze 0d', { do: 'unknown', said: 'snooze 0d' }],
  'another word': ['/aiops sing', { do: 'unknown', said: 'sing' }],
  'no word': ['/aiops', { do: 'unknown', said: '' }],
  'no word, and then text': ['/aiops\nretry', { do: 'unknown', said: '' }],
  'in the middle of a line': ['please /aiops retry', undefined],
  'another tool': ['/aiopsx retry', undefined],
  'a quote': ['> /aiops retry', undefined],
  'code by indentation': ['    /aiops retry', undefined],
  'code in a fence': ['```\n/aiops reject\n```\nfine', undefined],
  'code in a fence that never ends': ['~~~\n/aiops reject', undefined],
  'after a fence': ['```\nx\n```\n/aiops explain', { do: 'explain' }],
  nothing: ['', undefined],
  'only the first of two': ['/aiops explain\n/aiops reject', { do: 'explain' }],
}
for (const [title, [body, command]] of Object.entries(CASES)) {
  test(`a comment with ${title}`, () => assert.deepEqual(commandIn(body), command))
}

test('a hint is at most a thousand characters', () => {
  const command = commandIn(`/aiops retry ${'x'.repeat(5000)}`)
  assert.equal(command?.do === 'retry' && command.hint?.length, 1000)
})
