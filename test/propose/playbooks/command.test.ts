import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FieldChange } from '#src/domain/change.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { commandPlaybook } from '#src/propose/playbooks/command.ts'
import { AT, BAD, GOOD, history, incident, pod, podSpec, replicaSet } from '../incidents.ts'
import { answerOf } from './answer-of.ts'

const bad = podSpec({ command: ['/bin/wbe'] })
const good = podSpec({ command: ['/bin/web'] })
const none = podSpec()
const crash = (git: ReturnType<typeof history>, over: Partial<Parameters<typeof incident>[0]> = {}) =>
  incident({ reason: 'CrashLoopBackOff', git, ...over })
const set = (field: string, value: Extract<FieldChange, { op: 'set' }>['value']): FieldChange => ({
  op: 'set',
  field: `${AT}.${field}`,
  value,
})
const controlledBy = (name: string, it: KubeObject): KubeObject => ({
  ...it,
  metadata: {
    ...it.metadata,
    ownerReferences: [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid: `${name}-uid`, controller: true },
    ],
  },
})
const remove = (field: string): FieldChange => ({ op: 'remove', field: `${AT}.${field}` })

const fixes: Record<string, [ReturnType<typeof incident>, readonly FieldChange[]]> = {
  'the command before the last change': [crash(history(bad, good)), [set('command', ['/bin/web'])]],
  'the removal of a command that the last change added': [crash(history(bad, none)), [remove('command')]],
  'the return of a command that the last change removed': [
    crash(history(none, good)),
    [set('command', ['/bin/web'])],
  ],
  'arguments, environment and working directory together': [
    crash(
      history(
        podSpec({
          args: ['--prot=1'],
          workingDir: '/nowhere',
          env: [
            { name: 'A', value: 'wrong' },
            { name: 'B', value: 'new' },
          ],
        }),
        podSpec({ args: ['--port=1'], env: [{ name: 'A', value: 'right' }] }),
      ),
    ),
    [
      set('args', ['--port=1']),
      remove('workingDir'),
      set('env[name=A].value', 'right'),
      remove('env[name=B]'),
    ],
  ],
  'a whole environment that the last change brought': [
    crash(history(podSpec({ env: [{ name: 'A', value: 'wrong' }] }), none)),
    [remove('env')],
  ],
  'image and command where one commit changed both': [
    crash(history(podSpec({ image: BAD, command: ['/bin/wbe'] }), good)),
    [set('image', GOOD), set('command', ['/bin/web'])],
  ],
  'the command although labels and replicas changed with it': [
    crash(
      history(bad, good).map((version, i) =>
        i === 0 && version.rendered !== undefined
          ? {
              ...version,
              rendered: {
                ...version.rendered,
                spec: {
                  replicas: 9,
                  template: { metadata: { labels: { app: 'web', version: '2' } }, spec: bad },
                },
              },
            }
          : version,
      ),
    ),
    [set('command', ['/bin/web'])],
  ],
  'the command of a change that later commits did not touch': [
    crash(history(bad, bad, good)),
    [set('command', ['/bin/web'])],
  ],
  'the working directory although pods of the template before it run the same command': [
    crash(history(podSpec({ workingDir: '/nowhere' }), none), {
      replicaSets: [
        replicaSet('web-2', 0, podSpec({ workingDir: '/nowhere' })),
        replicaSet('web-1', 1, none),
      ],
      pods: [
        controlledBy(
          'web-2',
          pod('web-2-a', podSpec({ workingDir: '/nowhere' }), {
            waiting: 'CrashLoopBackOff',
            restarts: 3,
            startTime: '2026-01-13T08:00:00Z',
            crashedAt: '2026-01-13T08:02:00Z',
          }),
        ),
        controlledBy('web-1', pod('web-1-a', none, { ready: true, readySince: '2026-01-10T08:00:00Z' })),
      ],
    }),
    [remove('workingDir')],
  ],
  'the command when a pod crashes from its first minute': [
    crash(history(bad, good), {
      pods: [
        pod('web-1', bad, {
          waiting: 'CrashLoopBackOff',
          restarts: 3,
          startTime: '2026-01-10T08:00:00Z',
          crashedAt: '2026-01-10T08:02:00Z',
        }),
      ],
    }),
    [set('command', ['/bin/web'])],
  ],
}

const abstentions: Record<string, [ReturnType<typeof incident>, RegExp]> = {
  'there is no earlier version': [crash(history(bad)), /shows no change/],
  'the container is new': [
    crash(history(bad, { containers: [{ name: 'other', image: GOOD }] })),
    /shows no change/,
  ],
  'the last change also touched a probe': [
    crash(history(podSpec({ command: ['x'], livenessProbe: { httpGet: { port: 1 } } }), good)),
    /livenessProbe/,
  ],
  'the last change also touched a volume': [
    crash(history({ ...bad, volumes: [{ name: 'data', emptyDir: {} }] }, good)),
    /volumes/,
  ],
  'a later commit touched another container': [
    crash(history({ containers: [...(bad['containers'] as []), { name: 'proxy', image: GOOD }] }, bad, good)),
    /proxy/,
  ],
  'only the image changed': [crash(history(podSpec({ image: BAD }), none)), /touched none of/],
  'the last change was ours': [crash(history([bad, { ours: true }], good)), /fix of ours/],
  'the last change was a roll-back': [crash(history([bad, { subject: 'Roll back web' }], good)), /roll-back/],
  'an earlier state was brought back': [crash(history(bad, good, bad)), /on purpose/],
  'a pod fails with the earlier command too': [
    crash(history(bad, good), { pods: [pod('web-1', good, { waiting: 'CrashLoopBackOff' })] }),
    /fails as well/,
  ],
  'the container had run for days before it crashed': [
    crash(history(bad, good), {
      pods: [
        pod('web-1', bad, {
          waiting: 'CrashLoopBackOff',
          restarts: 4,
          startTime: '2026-01-10T08:00:00Z',
          crashedAt: '2026-01-13T08:00:00Z',
        }),
      ],
    }),
    /before it began to crash/,
  ],
  'another pod has run the same container for long': [
    crash(history(bad, good), {
      pods: [
        pod('web-1', bad, { waiting: 'CrashLoopBackOff', restarts: 1, crashedAt: '2026-01-10T09:00:00Z' }),
        pod('web-2', bad, { ready: true, readySince: '2026-01-10T08:00:00Z' }),
      ],
    }),
    /ready with the same container/,
  ],
  'the cluster runs another command than Git says': [
    crash(history(bad, good), { live: podSpec({ command: ['/bin/other'] }) }),
    /does not run what Git says/,
  ],
  'the fault is one of an image': [
    incident({ reason: 'ErrImagePull', git: history(bad, good) }),
    /not one of starting/,
  ],
}

describe('the command playbook restores', () => {
  for (const [sentence, [given, expected]] of Object.entries(fixes)) {
    it(sentence, async () => assert.deepEqual(await answerOf(commandPlaybook, given), expected))
  }

  it('and cites an available ReplicaSet beside Git where one runs the earlier command', async () => {
    const given = crash(history(bad, good), { replicaSets: [replicaSet('web-1', 1, good)] })
    const answer = await commandPlaybook.propose(given, [])
    assert.equal(answer.kind, 'proposal')
    if (answer.kind !== 'proposal') return
    assert.deepEqual(
      answer.proposal.grounds.map(({ kind }) => kind),
      ['git', 'replicaset'],
    )
    assert.match(answer.proposal.rootCause, /commit 22222222 by Alice on 2026-01-02/)
  })
})

describe('the command playbook abstains when', () => {
  for (const [sentence, [given, expected]] of Object.entries(abstentions)) {
    it(sentence, async () => {
      const answer = await answerOf(commandPlaybook, given)
      assert.equal(typeof answer, 'string', JSON.stringify(answer))
      assert.match(String(answer), expected)
    })
  }
})
