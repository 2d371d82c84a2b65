import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isBranchName } from '#src/config/branch-name.ts'
import { parseByteSize } from '#src/config/byte-size.ts'
import { parseDuration } from '#src/config/duration.ts'
import { parseListenAddress } from '#src/config/listen-address.ts'

function table<T>(read: (text: string) => T, cases: readonly (readonly [string, T])[]): void {
  for (const [text, value] of cases) {
    it(`${JSON.stringify(text)} is ${JSON.stringify(value) ?? 'refused'}`, () =>
      assert.deepEqual(read(text), value))
  }
}

describe('a duration', () => {
  table(parseDuration, [
    ['15s', 15_000],
    ['10m', 600_000],
    ['250ms', 250],
    ['1h30m', 5_400_000],
    ['7d', 604_800_000],
    ['1m5ms', 60_005],
    ['0s', 0],
    ['', undefined],
    ['15', undefined],
    ['1.5s', undefined],
    ['-1s', undefined],
    ['30s1m', undefined],
    ['15 s', undefined],
    ['99999999999999999d', undefined],
  ])
})

describe('a size', () => {
  table(parseByteSize, [
    ['1MiB', 1_048_576],
    ['512KiB', 524_288],
    ['100', 100],
    ['1MB', undefined],
    ['-1', undefined],
    ['', undefined],
  ])
})

describe('an address to listen on', () => {
  table(parseListenAddress, [
    ['127.0.0.1:8080', { host: '127.0.0.1', port: 8080 }],
    [':8080', { host: undefined, port: 8080 }],
    ['[::1]:0', { host: '::1', port: 0 }],
    ['localhost:1', { host: 'localhost', port: 1 }],
    ['8080', undefined],
    ['::1:80', undefined],
    ['host:70000', undefined],
    ['http://host:80', undefined],
  ])
})

describe('a branch name', () => {
  table(isBranchName, [
    ['main', true],
    ['release/1.2', true],
    ['feature-ä', true],
    ['', false],
    ['@', false],
    ['HEAD', false],
    ['-x', false],
    ['a..b', false],
    ['a b', false],
    ['a~1', false],
    ['a:b', false],
    ['a\\b', false],
    ['a//b', false],
    ['/a', false],
    ['a/', false],
    ['a.', false],
    ['.a', false],
    ['a/.b', false],
    ['a.lock', false],
    ['a.lock/b', false],
    ['a@{1}', false],
    ['a\u0000b', false],
  ])
})
