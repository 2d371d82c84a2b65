import assert from 'node:assert/strict'
import { existsSync, globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { describe, test } from 'node:test'

const ROOT = join(import.meta.dirname, '../..')
const pages = globSync(['*.md', 'docs/**/*.md', 'src/**/*.md', 'deploy/**/*.md', '.github/**/*.md'], {
  cwd: ROOT,
})

describe('every relative link leads to a file, and to a heading of it where it names one', () => {
  for (const page of pages.sort()) {
    test(page, async () => {
      const text = await readFile(join(ROOT, page), 'utf8')
      const dead = await Promise.all(
        linksIn(text).map(async (link) => ((await leadsSomewhere(page, link)) ? [] : [link])),
      )
      assert.deepEqual(dead.flat(), [])
    })
  }
})

test('every test that a page names exists', async () => {
  const named = await Promise.all(
    pages.map(async (page) =>
      [...(await readFile(join(ROOT, page), 'utf8')).matchAll(/`(test\/[\w./-]+)`/g)].map(
        ([, path]) => `${page}: ${path}`,
      ),
    ),
  )
  assert.ok(named.flat().length > 10)
  assert.deepEqual(
    named.flat().filter((each) => !existsSync(join(ROOT, each.split(': ')[1] ?? ''))),
    [],
  )
})

/** Targets of links, without code blocks and without what leads out of the repository. */
function linksIn(text: string): readonly string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target ?? '')
    .filter((target) => !/^[a-z]+:/.test(target))
}

async function leadsSomewhere(page: string, link: string): Promise<boolean> {
  const [path = '', heading] = link.split('#')
  const file = path === '' ? join(ROOT, page) : join(ROOT, dirname(page), path)
  if (relative(ROOT, file).startsWith('..') || !existsSync(file)) return false
  if (heading === undefined || !file.endsWith('.md')) return true
  const headings = (await readFile(file, 'utf8')).matchAll(/^#+ (.*)$/gm)
  return [...headings].some(([, title = '']) => anchor(title) === heading)
}

/** As GitHub makes them of headings. */
function anchor(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}
