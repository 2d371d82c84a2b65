import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { imageRollbackPlaybook } from '#src/propose/playbooks/image-rollback.ts'
import { AT, BAD, GOOD, history, incident, pod, podSpec, replicaSet } from '../incidents.ts'
import { answerOf } from './answer-of.ts'

const image = (value: string) => podSpec({ image: value })
const git = history(image(BAD), image(GOOD))
const runs = { replicaSets: [replicaSet('web-1', 1, image(GOOD))] }
const back = [{ op: 'set', field: `${AT}.image`, value: GOOD }]

const fixes: Record<string, ReturnType<typeof incident>> = {
  'when an available ReplicaSet runs it': incident({ reason: 'CrashLoopBackOff', git, ...runs }),
  'when a ready pod runs it': incident({
    reason: 'RunContainerError',
    git,
    pods: [pod('web-0', image(GOOD), { ready: true })],
  }),
  'although the same bad image had been fixed by us before': incident({
    reason: 'CrashLoopBackOff',
    git: history(image(BAD), [image(GOOD), { ours: true }], image(BAD), image(GOOD)),
    ...runs,
  }),
  'although nothing runs it any more': incident({ reason: 'CrashLoopBackOff', git }),
  'although its ReplicaSet was scaled down': incident({
    reason: 'CrashLoopBackOff',
    git,
    replicaSets: [replicaSet('web-1', 0, image(GOOD))],
  }),
}

const abstentions: Record<string, [ReturnType<typeof incident>, RegExp]> = {
  'somebody brought the failing image back on purpose, and nothing runs another': [
    incident({ reason: 'CrashLoopBackOff', git: history(image(BAD), image(GOOD), image(BAD)) }),
    /brought an earlier state back on purpose/,
  ],
  'the command changed with it': [
    incident({
      reason: 'CrashLoopBackOff',
      git: history(podSpec({ image: BAD, command: ['x'] }), image(GOOD)),
      ...runs,
    }),
    /not one of the image alone/,
  ],
  'the last change was ours': [
    incident({
      reason: 'CrashLoopBackOff',
      git: history([image(BAD), { ours: true }], image(GOOD)),
      ...runs,
    }),
    /fix of ours/,
  ],
  'a pod crashes with the earlier image as well': [
    incident({
      reason: 'CrashLoopBackOff',
      git,
      ...runs,
      pods: [pod('web-0', image(GOOD), { waiting: 'CrashLoopBackOff' })],
    }),
    /fails as well/,
  ],
}

describe('the image roll-back playbook returns to the image before the last change', () => {
  for (const [sentence, given] of Object.entries(fixes)) {
    it(sentence, async () => assert.deepEqual(await answerOf(imageRollbackPlaybook, given), back))
  }
})

describe('the image roll-back playbook abstains when', () => {
  for (const [sentence, [given, expected]] of Object.entries(abstentions)) {
    it(sentence, async () => assert.match(String(await answerOf(imageRollbackPlaybook, given)), expected))
  }
})
