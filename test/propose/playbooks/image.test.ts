import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { imagePlaybook } from '#src/propose/playbooks/image.ts'
import { AT, BAD, deployment, GOOD, history, incident, pod, podSpec, replicaSet, WEB } from '../incidents.ts'
import { answerOf } from './answer-of.ts'

const image = (value: string) => podSpec({ image: value })
const broken = history(image(BAD), image(GOOD))
const justCreated = history(image(BAD))

const fixes: Record<string, [ReturnType<typeof incident>, string]> = {
  'the image of an available ReplicaSet comes before Git history': [
    incident({
      reason: 'ImagePullBackOff',
      git: history(image(BAD), image(`${WEB}:1.1`), image(GOOD)),
      replicaSets: [replicaSet('web-2', 0, image(`${WEB}:1.1`)), replicaSet('web-1', 2, image(GOOD))],
    }),
    GOOD,
  ],
  'a ready pod proves an image where there is no ReplicaSet': [
    incident({
      reason: 'ErrImagePull',
      git: justCreated,
      pods: [pod('web-0', image(GOOD), { ready: true })],
    }),
    GOOD,
  ],
  'without anything running, Git history gives the image before': [
    incident({
      reason: 'ErrImagePull',
      git: broken,
      replicaSets: [replicaSet('web-1', 0, image(`${WEB}:3.0`))],
    }),
    GOOD,
  ],
  'commits that left the image alone are passed over': [
    incident({ reason: 'ErrImagePull', git: history(image(BAD), image(BAD), undefined, image(GOOD)) }),
    GOOD,
  ],
  'a mistyped repository goes back to the one that Git history shows': [
    incident({ reason: 'ErrImagePull', git: history(image('registry.exmaple/shop/web:1.0'), image(GOOD)) }),
    GOOD,
  ],
  'an image name that is no name goes back to the one that runs': [
    incident({
      reason: 'InvalidImageName',
      git: history(image(`${WEB}::1.1`)),
      replicaSets: [replicaSet('web-1', 1, image(GOOD))],
    }),
    GOOD,
  ],
  'a value that our earlier fix had replaced is replaced again when the good one still runs': [
    incident({
      reason: 'ErrImagePull',
      git: history(image(BAD), [image(GOOD), { ours: true }], image(BAD), image(GOOD)),
      replicaSets: [replicaSet('web-1', 1, image(GOOD))],
    }),
    GOOD,
  ],
}

const abstentions: Record<string, [ReturnType<typeof incident>, RegExp]> = {
  'a scaled-down ReplicaSet proves nothing': [
    incident({
      reason: 'ErrImagePull',
      git: justCreated,
      replicaSets: [replicaSet('web-1', 0, image(GOOD))],
    }),
    /No available ReplicaSet/,
  ],
  'a pod that is not ready proves nothing': [
    incident({
      reason: 'ErrImagePull',
      git: justCreated,
      pods: [pod('web-0', image(GOOD), { ready: false })],
    }),
    /No available ReplicaSet/,
  ],
  'a fix of ours is not undone': [
    incident({ reason: 'ErrImagePull', git: history([image(BAD), { ours: true }], image(GOOD)) }),
    /fix of ours/,
  ],
  'a roll-back by a person is not undone': [
    incident({
      reason: 'ErrImagePull',
      git: history([image(BAD), { subject: 'Revert "web 1.0"' }], image(GOOD)),
      replicaSets: [replicaSet('web-1', 1, image(GOOD))],
    }),
    /roll-back/,
  ],
  'an image that somebody brought back is not undone on the word of Git alone': [
    incident({ reason: 'ErrImagePull', git: history(image(BAD), image(GOOD), image(BAD)) }),
    /brought .* back on purpose/,
  ],
  'an image that another pod shows failing is not proposed': [
    incident({
      reason: 'ErrImagePull',
      git: broken,
      pods: [pod('web-old', image(GOOD), { waiting: 'CrashLoopBackOff' })],
    }),
    /fails as well/,
  ],
  'another repository that only runs, and that Git never had, is not proposed': [
    incident({
      reason: 'ErrImagePull',
      git: justCreated,
      replicaSets: [replicaSet('web-1', 2, image('evil.example/shop/web:1.0'))],
    }),
    /No available ReplicaSet/,
  ],
  'a failing image that is not what Git says is not repaired in Git': [
    incident({ reason: 'ErrImagePull', git: history(image(GOOD), image(`${WEB}:0.9`)), live: image(BAD) }),
    /the failing image is not Git's/,
  ],
  'an invalid image in Git history is not proposed': [
    incident({ reason: 'InvalidImageName', git: history(image(`${WEB}:`), image(`${WEB}::`)) }),
    /not a valid name/,
  ],
  'another family of faults is not its business': [
    incident({ reason: 'CrashLoopBackOff', git: broken }),
    /not one of an image/,
  ],
  'a ReplicaSet of another owner proves nothing': [
    incident({
      reason: 'ErrImagePull',
      git: justCreated,
      replicaSets: [
        {
          ...replicaSet('web-1', 2, image(GOOD)),
          metadata: {
            name: 'web-1',
            ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'x', uid: 'other' }],
          },
        },
      ],
    }),
    /No available ReplicaSet/,
  ],
}

describe('the image playbook proposes', () => {
  for (const [sentence, [given, expected]] of Object.entries(fixes)) {
    it(sentence, async () => {
      assert.deepEqual(await answerOf(imagePlaybook, given), [
        { op: 'set', field: `${AT}.image`, value: expected },
      ])
    })
  }

  it('and names the commit, its author and its date', async () => {
    const answer = await imagePlaybook.propose(incident({ reason: 'ErrImagePull', git: broken }), [])
    assert.equal(answer.kind, 'proposal')
    if (answer.kind !== 'proposal') return
    assert.match(answer.proposal.rootCause, /commit 22222222 by Alice on 2026-01-02/)
    assert.deepEqual(
      answer.proposal.grounds.map(({ field, kind }) => [field, kind]),
      [[`${AT}.image`, 'git']],
    )
  })

  it('for an init container in the list of init containers', async () => {
    const spec = (value: string) => ({ initContainers: [{ name: 'web', image: value }], containers: [] })
    const given = incident({ reason: 'ErrImagePull', role: 'init', git: history(spec(BAD), spec(GOOD)) })
    assert.deepEqual(await answerOf(imagePlaybook, given), [
      { op: 'set', field: 'spec.template.spec.initContainers[name=web].image', value: GOOD },
    ])
  })
})

describe('the image playbook abstains', () => {
  for (const [sentence, [given, expected]] of Object.entries(abstentions)) {
    it(sentence, async () => {
      const answer = await answerOf(imagePlaybook, given)
      assert.equal(typeof answer, 'string', JSON.stringify(answer))
      assert.match(String(answer), expected)
    })
  }

  it('for a kind whose pod template it does not know', async () => {
    const given = incident({ reason: 'ErrImagePull', git: broken })
    const job = { ...deployment(image(BAD)), kind: 'Pod' }
    const answer = await answerOf(imagePlaybook, {
      ...given,
      rendered: job,
      target: { ...given.target, kind: 'Pod' },
    })
    assert.match(String(answer), /sets no image/)
  })
})
