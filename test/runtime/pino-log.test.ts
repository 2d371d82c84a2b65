import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pinoLog } from '#src/runtime/pino-log.ts'

function logTo(lines: string[]) {
  return pinoLog({
    level: 'info',
    redact: (text) => text.replaceAll('s3cret', '***'),
    destination: { write: (line) => lines.push(line) },
  })
}

test('every text is redacted: message, fields and inherited fields', () => {
  const lines: string[] = []
  const log = logTo(lines).with({ url: 'http://s3cret@host' })
  log.warn('token s3cret refused', { body: 'a s3cret', tries: 3, last: false })
  assert.equal(lines.length, 1)
  const [line = ''] = lines
  assert.ok(!line.includes('s3cret'))
  const { time, ...rest } = JSON.parse(line) as Record<string, unknown>
  assert.deepEqual(rest, {
    level: 'warn',
    message: 'token *** refused',
    url: 'http://***@host',
    body: 'a ***',
    tries: 3,
    last: false,
  })
  assert.ok(!Number.isNaN(Date.parse(String(time))))
})

test('a text with line breaks stays on one line', () => {
  const lines: string[] = []
  logTo(lines).info('first\nsecond', { text: 'a\r\nb' })
  assert.equal(lines.join('').trimEnd().split('\n').length, 1)
})

test('lines below the level are not written', () => {
  const lines: string[] = []
  logTo(lines).debug('quiet')
  assert.deepEqual(lines, [])
})
