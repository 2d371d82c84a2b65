import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTemplates } from '#src/forge/templates.ts'
import { forgeTexts } from '#src/forge/text/texts.ts'
import { sharedGitea } from '../../servers/shared.ts'
import { call, openGiteaRig } from '../gitea/gitea-rig.ts'
import { HOSTILE } from '../text/hostile.ts'
import { everywhere, GITHUB } from '../text/samples.ts'

const gitea = await sharedGitea()
const talkative = { ...GITHUB, pullRequest: { ...GITHUB.pullRequest, includeLogs: true } }
const texts = forgeTexts({ templates: await readTemplates(), repositories: () => [talkative] })

test("a forge's own renderer makes no link, picture, script or heading of the cluster's words", async () => {
  const rig = await openGiteaRig(gitea)
  await rig.asMaintainer('POST', '/issues', { title: 'Something else' })
  const Context = `maintainer/${rig.repo}`
  const render = (Text: string) =>
    call(gitea.api, gitea.maintainer, 'POST', '/markdown', { Text, Mode: 'comment', Context })
  // The renderer does make links of such words when nobody keeps them from it.
  const unguarded = String(await render('@maintainer fixes #1'))
  assert.match(unguarded, />@maintainer<\/a>/)
  assert.match(unguarded, /<a [^>]*class="ref-issue"/)
  for (const [title, hostile] of Object.entries(HOSTILE)) {
    const remediation = everywhere(hostile)
    for (const text of [texts.pullRequestBody(remediation), texts.failed(remediation, hostile)]) {
      const html = String(await render(text))
      assert.doesNotMatch(html, /<(?:a|img|script|input|iframe)[\s>]/i, title)
      const headings = [...html.matchAll(/<h[1-6][^>]*>(.*?)<\/h[1-6]>/g)].map(([, heading]) => heading)
      assert.ok(
        headings.every((heading) => /^(?:What|Why|Your) /.test(heading ?? '')),
        `${title}: ${headings.join()}`,
      )
    }
  }
})

test('nothing that the cluster says closes or touches an issue, also when it is merged', async () => {
  const rig = await openGiteaRig(gitea)
  await rig.asMaintainer('POST', '/issues', { title: 'Something else' })
  const hostile = Object.values(HOSTILE)
    .join('\n')
    .replaceAll('maintainer/infra', `maintainer/${rig.repo}`)
    .replaceAll('http://forge.test', gitea.url)
  const remediation = everywhere(hostile)
  const planned = await rig.planFix()
  await rig.operator.git('checkout', '--quiet', '-B', planned.branch, planned.base)
  const sha = await rig.operator.commit('a.yaml', 'a: 1\n', texts.commitMessage(remediation))
  await rig.operator.git('push', '--quiet', 'origin', planned.branch)
  const pull = await rig.forge.ensureOpen({
    head: { ...planned, sha },
    title: texts.pullRequestTitle(remediation),
    body: texts.pullRequestBody(remediation),
    labels: [],
  })
  await rig.forge.ensureComment(pull.id, 'failed', texts.failed(remediation, hostile))
  await rig.merge(pull, 'squash')
  const issue = (await rig.asMaintainer('GET', '/issues/1')) as { state: string }
  const touches = async () =>
    (await rig.asMaintainer('GET', '/issues/1/timeline')) as readonly unknown[] | null
  assert.deepEqual([issue.state, await touches()], ['open', null])
  // It would be seen: a person who says so touches it.
  await rig.asMaintainer('POST', `/issues/${pull.id}/comments`, { body: 'see #1' })
  assert.equal((await touches())?.length, 1)
})
