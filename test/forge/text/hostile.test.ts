import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { carriesFix } from '#src/domain/fix-trailer.ts'
import { stateIn } from '#src/forge/hidden-marker.ts'
import { readTemplates } from '#src/forge/templates.ts'
import { code, fenced, inline } from '#src/forge/text/markdown.ts'
import { neutral } from '#src/forge/text/neutral.ts'
import { forgeTexts } from '#src/forge/text/texts.ts'
import { HOSTILE } from './hostile.ts'
import { everywhere, GITHUB, PLAIN_GIT } from './samples.ts'

const templates = await readTemplates()
const talkative = { ...GITHUB, pullRequest: { ...GITHUB.pullRequest, includeLogs: true } }
const github = forgeTexts({ templates, repositories: () => [talkative] })
const plainGit = forgeTexts({ templates, repositories: () => [PLAIN_GIT] })

function textsOf(hostile: string): readonly string[] {
  const remediation = everywhere(hostile)
  return [
    github.pullRequestTitle(remediation),
    github.pullRequestBody(remediation),
    github.commitMessage(remediation),
    plainGit.commitMessage(remediation),
    github.closing(remediation, hostile),
    github.failed(remediation, hostile),
    github.recovered(remediation, remediation.timeline),
  ]
}

/** Forges read a message as plain text, so code blocks and spans hide nothing: these must be in no text at all. */
const NOWHERE: readonly RegExp[] = [
  /(?<![A-Za-z0-9_])@[A-Za-z0-9]/,
  /#\d/,
  /!\d/,
  /\bgh-\d/i,
  /\/(?:issues|pulls?)\/\d/,
  /^[ \t]*\/[a-z-]+\s*$/m,
  /\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]/i,
  /\*\*\*no_ci/i,
  /skip-checks/,
  /co-authored-by:/i,
  /[\u202a-\u202e\u2066-\u2069]|(?![\n\t])\p{Cc}/u,
]

for (const [title, hostile] of Object.entries(HOSTILE)) {
  test(`${title} in the cluster's words does nothing on a forge`, () => {
    for (const text of textsOf(hostile)) {
      for (const active of NOWHERE) assert.doesNotMatch(text.replace(/&#\d+;/g, ''), active)
    }
  })
}

test('of hidden comments there is our state alone', () => {
  for (const hostile of Object.values(HOSTILE)) {
    const body = github.pullRequestBody(everywhere(hostile))
    assert.equal(body.match(/<!--/g)?.length, 1)
    assert.equal(JSON.parse(stateIn(body) ?? '').fixKey, '3f2a90c1d4e5b678')
    for (const comment of [
      github.closing(everywhere(hostile), hostile),
      github.failed(everywhere(hostile), hostile),
    ]) {
      assert.doesNotMatch(comment, /<!--/)
    }
  }
})

test('of HTML there is what our templates write', () => {
  for (const hostile of Object.values(HOSTILE)) {
    const outside = github
      .pullRequestBody(everywhere(hostile))
      .replace(/^(`{3,})[\s\S]*?^\1$/gm, '')
      .replace(/(`+).*?\1/g, '')
    const tags = new Set(outside.match(/<[^>]*>/g)?.filter((tag) => !tag.startsWith('<!--')))
    assert.deepEqual([...tags].sort(), [
      '</details>',
      '</sub>',
      '</summary>',
      '<details>',
      '<sub>',
      '<summary>',
    ])
  }
})

test('a commit carries its own fix and Remediation, and no quoted ones', () => {
  for (const hostile of Object.values(HOSTILE)) {
    const message = plainGit.commitMessage(everywhere(hostile))
    assert.ok(carriesFix(message, '3f2a90c1d4e5b678/1'))
    assert.equal(message.match(/Aiops-Operator-Fix/gi)?.length, 1)
    assert.equal(message.match(/Aiops-Operator-Remediation/gi)?.length, 1)
    assert.match(
      message.trimEnd().split('\n').at(-1) ?? '',
      /^Aiops-Operator-Remediation: shop\/web-auto-fix$/,
    )
  }
})

/** Text that is likely to hurt: markers, fences, references and odd characters in any order. */
const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom(...'`~@#!<>|\\*_[](){}-+=/:.\n\r\t '),
      fc.constantFrom('```', '<!--', '-->', 'fixes #1', '@x', 'GH-1', '\u202e', '\u200b', '\ud800', 'a', '1'),
      fc.string({ maxLength: 4 }),
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(''))

test('a code block ends where we end it, whatever is in it', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const lines = fenced(text, { language: 'text', limit: 10_000, more: 'elsewhere' }).split('\n')
      const fence = /^`{3,}/.exec(lines[0] ?? '')?.[0] ?? ''
      assert.equal(lines.at(-1), fence)
      assert.ok(lines.slice(1, -1).every((line) => !line.includes(fence)))
    }),
  )
})

test('a code span is one line and ends where we end it', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const [, ticks = '', content = ''] = /^(`+)([\s\S]*?)\1$/.exec(code(text)) ?? []
      assert.ok(ticks !== '' && !content.includes('\n'))
      assert.ok((content.match(/`+/g) ?? []).every((run) => run.length !== ticks.length))
      assert.doesNotMatch(content, /(?<!\\)\|/)
    }),
  )
})

test('inline text is one line without HTML, cells, links or code of its own', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const shown = inline(text)
      assert.doesNotMatch(shown, /[\n<>]|(?<!\\)(?:\\\\)*[`*_[\]|$]/)
    }),
  )
})

test('neutral text stays neutral, and is neutral at once', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const once = neutral(text)
      for (const active of NOWHERE) assert.doesNotMatch(once, active)
    }),
  )
})

test('what is harmless stays as it was', () => {
  for (const text of [
    'registry.example.test/shop/web@sha256:0f3e5a: not found',
    'exec: "/bin/sh": stat /bin/sh: no such file or directory',
    'dial tcp 10.0.0.1:443: i/o timeout; mail ops@example.test',
    '/bin/sh: 1: web: not found',
  ]) {
    assert.equal(neutral(text), text)
  }
})

test('a body stays below the limit of the forge, says what is left out, and keeps its state', () => {
  for (const unit of ['x', '&', '`', '\u{e0001}', '#1', 'line\n', '@a ', '😀']) {
    const body = github.pullRequestBody(everywhere(unit.repeat(60_000)))
    assert.ok(body.length <= 65_536, `${unit}: ${body.length}`)
    assert.equal(JSON.parse(stateIn(body) ?? '').attempt, 1)
    assert.match(body, /…/)
  }
})
