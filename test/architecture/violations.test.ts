import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Room } from './rooms.ts'
import { readSource } from './source-file.ts'
import { violations } from './violations.ts'

const ROOMS: Record<string, Room> = {
  domain: { imports: [], libraries: ['zod'], adapters: [] },
  detect: { imports: ['domain', 'cluster/port.ts'], libraries: [], adapters: ['edge.ts'] },
}

const said = (text: string, path = 'detect/x.ts') =>
  violations(readSource(path, text), ROOMS).map((sentence) => sentence.replace(/^src\/[\w/.]+: /, ''))

describe('an architecture rule', () => {
  const broken: Record<string, [text: string, says: RegExp]> = {
    'an import of a foreign room': ["import { a } from '#src/forge/a.ts'", /detect may not/],
    'a type import of a foreign room': ["import type { A } from '#src/forge/a.ts'", /detect may not/],
    'an import over several lines': ["import {\n  a,\n  b,\n} from '#src/forge/a.ts'", /detect may not/],
    'an import for its effect': ["import '#src/forge/a.ts'", /detect may not/],
    'a dynamic import': ["const a = await import('#src/forge/a.ts')", /detect may not/],
    'an import whose name is computed': ["const a = await import('#src/' + name)", /computed/],
    'another file of a room whose port is allowed': [
      "import { a } from '#src/cluster/other.ts'",
      /detect may not/,
    ],
    'a way up': ["import { a } from '../domain/a.ts'", /across folders/],
    'a way up behind #src': ["import { a } from '#src/domain/../forge/a.ts'", /no plain path/],
    'an import without its ending': ["import { a } from './a'", /without .ts/],
    'a node module': ["import { readFile } from 'node:fs'", /only adapters/],
    'a library that is not allowed': ["import yaml from 'yaml'", /only adapters/],
    'a default export': ['export default 1', /default export/],
    'a default export by name': ['const a = 1\nexport { a as default }', /default export/],
    'a re-export': ["export { a } from '#src/domain/a.ts'", /import it from there/],
    'a re-export of types': ["export type { A } from '#src/domain/a.ts'", /import it from there/],
    'a re-export of everything': ["export * from './a.ts'", /import it from there/],
    'the environment': ['const a = process.env', /uses process/],
    'the present time': ['const a = Date.now()', /uses Date.now/],
    'the present time as a date': ['const a = new Date()', /uses new Date/],
    chance: ['const a = Math.random()', /uses Math.random/],
    'a timer': ['setTimeout(() => {}, 1)', /uses setTimeout/],
    'the network': ["const a = await fetch('x')", /uses fetch/],
    'an effect inside a template': [`const a = \`$${'{'}Date.now()}\``, /uses Date.now/],
    'an effect after a regular expression with quotes': [
      'const a = /\'"`/.test(b) || Date.now()',
      /uses Date.now/,
    ],
    'an effect through globalThis': ['const a = globalThis.fetch', /uses globalThis/],
  }
  for (const [name, [text, says]] of Object.entries(broken)) {
    it(`finds ${name}`, () => assert.match(said(text).join('\n'), says))
  }

  const kept: Record<string, string> = {
    'imports of allowed rooms, ports and neighbours':
      "import { a } from '#src/domain/a.ts'\nimport { b } from '#src/cluster/port.ts'\nimport { c } from './c.ts'\nimport { d } from '#src/detect/sub/d.ts'",
    'types of a node module': "import type { Server } from 'node:http'",
    'what only stands in comments, strings and templates':
      "// import '../x'\n/* process.env */ const a = 'Date.now()' + `import('#src/forge/a.ts')` + /fetch(x)/.source",
    'a method named like an effect':
      'interface A {\n  fetch(): Promise<string>\n}\nexport const f = (a: A) => a.fetch()',
    'a parameter named like an effect': 'export const f = (fetch: () => string) => fetch()',
    'a date of a given time': 'export const a = (ms: number) => new Date(ms).toISOString()',
    'an export of its own': 'const a = 1\nexport { a }\nexport const b = 2',
    'import.meta': 'export const a = import.meta.url',
  }
  for (const [name, text] of Object.entries(kept)) {
    it(`leaves alone ${name}`, () => assert.deepEqual(said(text), []))
  }

  it('allows everything outside to an adapter, and nothing more inside', () => {
    const text = "import { readFile } from 'node:fs'\nimport { a } from '#src/forge/a.ts'\nprocess.exit()"
    assert.deepEqual(said(text, 'detect/edge.ts'), ['imports #src/forge/a.ts; detect may not'])
  })

  it('finds a room that nobody entered in the table', () => {
    assert.match(said('export const a = 1', 'utils/a.ts').join(), /no room utils/)
  })
})
