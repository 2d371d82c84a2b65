import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assess, type FaultPlace, type HealthOptions } from '#src/detect/health.ts'
import type { WorkloadSnapshot } from '#src/domain/evidence.ts'
import type { KubeObject } from '#src/domain/kube-object.ts'
import { ago, ended, NOW, REPLICA_SET, rawPod, running, terminated, waiting } from './raw-pods.ts'

const RUN: FaultPlace = { family: 'run', container: 'web', role: 'main' }
const IMAGE: FaultPlace = { family: 'image', container: 'web', role: 'main' }
const DONE = {
  observedGeneration: 2,
  replicas: 1,
  updatedReplicas: 1,
  readyReplicas: 1,
  availableReplicas: 1,
}

function workload(kind: string, spec: object, status: object): KubeObject {
  return {
    apiVersion: kind === 'CronJob' ? 'batch/v1' : 'apps/v1',
    kind,
    metadata: { name: 'web', namespace: 'shop', uid: 'w', generation: 2 },
    spec,
    status,
  }
}

const deployment = (status: object, spec: object = {}) =>
  workload('Deployment', { replicas: 1, ...spec }, status)
const daemonSet = (status: object) => workload('DaemonSet', {}, { observedGeneration: 2, ...status })

function judge(
  of: KubeObject,
  pods: readonly KubeObject[],
  fault = RUN,
  options: HealthOptions = { settleMs: 60_000 },
) {
  const snapshot: WorkloadSnapshot = { workload: of, pods, replicaSets: [] }
  return assess(snapshot, fault, NOW, options)
}

const steady = rawPod({ phase: 'Running', containers: [running('web', ago(300))] })
const fresh = rawPod({ phase: 'Running', containers: [running('web', ago(5))] })
const restarted = (count: number, secondsAgo: number) =>
  rawPod({
    phase: 'Running',
    containers: [
      running('web', ago(secondsAgo), {
        restartCount: count,
        lastState: { terminated: ended(1, secondsAgo) },
      }),
    ],
  })
const failing = rawPod({ containers: [waiting('web', 'CrashLoopBackOff', '', { restartCount: 4 })] })
const job = (name: string) => ({ ...REPLICA_SET, apiVersion: 'batch/v1', kind: 'Job', name, uid: name })
const cronJob = (spec: object = {}) => workload('CronJob', spec, {})

type Case = readonly [ReturnType<typeof judge>, string, RegExp]
const cases: Readonly<Record<string, Case>> = {
  'a workload whose pods run long enough after a complete rollout is healthy': [
    judge(deployment(DONE), [steady]),
    'healthy',
    /runs on every pod/,
  ],
  'a pod that states the fault makes it present': [
    judge(deployment(DONE), [failing]),
    'present',
    /still shows/,
  ],
  'an old pod that still shows it makes it present though new ones run': [
    judge(deployment(DONE), [
      steady,
      rawPod({ name: 'old', uid: 'old', containers: [waiting('web', 'CrashLoopBackOff')] }),
    ]),
    'present',
    /on pod old/,
  ],
  'a pod being deleted no longer counts': [
    judge(deployment(DONE), [
      steady,
      rawPod({ name: 'old', deleting: true, containers: [waiting('web', 'CrashLoopBackOff')] }),
    ]),
    'healthy',
    /complete/,
  ],
  'an evicted pod that was replaced does not stand in the way': [
    judge(deployment(DONE), [
      steady,
      rawPod({ phase: 'Failed', containers: [terminated('web', ended(137, 50))] }),
    ]),
    'healthy',
    /complete/,
  ],
  'a crash-looping container that runs between two restarts is present, not healthy': [
    judge(deployment(DONE), [restarted(3, 20)]),
    'present',
    /still shows/,
  ],
  'a container that restarted longer ago than the settle time must also outlive its back-off': [
    judge(deployment(DONE), [restarted(6, 290)]),
    'present',
    /still shows/,
  ],
  'a restart long ago is forgotten': [judge(deployment(DONE), [restarted(6, 301)]), 'healthy', /complete/],
  'a container that has just started has not proven anything': [
    judge(deployment(DONE), [fresh]),
    'recovering',
    /after 55 s more/,
  ],
  'a fixed container must outlive the back-off that the faulty one had reached': [
    judge(deployment(DONE), [steady], RUN, { settleMs: 60_000, lastBackOffMs: 310_000 }),
    'recovering',
    /after 10 s more/,
  ],
  'a restart does not make an image fault present, but keeps it from being healthy': [
    judge(deployment(DONE), [restarted(1, 10)], IMAGE),
    'recovering',
    /more without an end/,
  ],
  'another container that fails is another fault, and the rollout waits for it': [
    judge(deployment({ ...DONE, availableReplicas: 0 }), [
      rawPod({
        phase: 'Running',
        containers: [running('web', ago(300)), waiting('log', 'CrashLoopBackOff')],
      }),
    ]),
    'recovering',
    /0 of 1 new replicas are available/,
  ],
  'a change the controller has not seen yet is not rolled out': [
    judge(deployment({ ...DONE, observedGeneration: 1 }), [steady]),
    'recovering',
    /not seen/,
  ],
  'old replicas that still exist keep the rollout open': [
    judge(deployment({ ...DONE, replicas: 2 }), [steady]),
    'recovering',
    /1 old replicas/,
  ],
  'a rollout past its deadline says so': [
    judge(
      deployment({
        ...DONE,
        availableReplicas: 0,
        conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }],
      }),
      [steady],
    ),
    'recovering',
    /progress deadline/,
  ],
  'a paused Deployment says so': [
    judge(deployment({ ...DONE, updatedReplicas: 0 }, { paused: true }), [steady]),
    'recovering',
    /paused/,
  ],
  'a Deployment scaled to zero is neither present nor healthy': [
    judge(deployment({ observedGeneration: 2 }, { replicas: 0 }), []),
    'recovering',
    /scaled to zero/,
  ],
  'a StatefulSet waits for its updated replicas': [
    judge(
      workload(
        'StatefulSet',
        { replicas: 2 },
        {
          observedGeneration: 2,
          readyReplicas: 2,
          updatedReplicas: 1,
          currentRevision: 'a',
          updateRevision: 'b',
        },
      ),
      [steady],
    ),
    'recovering',
    /1 of 2 replicas have been updated/,
  ],
  'a StatefulSet with a partition is complete above it': [
    judge(
      workload(
        'StatefulSet',
        { replicas: 2, updateStrategy: { rollingUpdate: { partition: 1 } } },
        {
          observedGeneration: 2,
          readyReplicas: 2,
          updatedReplicas: 1,
          currentRevision: 'a',
          updateRevision: 'b',
        },
      ),
      [steady],
    ),
    'healthy',
    /complete/,
  ],
  'a DaemonSet waits until every node runs the new pod': [
    judge(daemonSet({ desiredNumberScheduled: 3, updatedNumberScheduled: 2, numberAvailable: 3 }), [steady]),
    'recovering',
    /2 of 3 pods/,
  ],
  'a DaemonSet without nodes proves nothing': [
    judge(daemonSet({ desiredNumberScheduled: 0 }), []),
    'recovering',
    /No node/,
  ],
  'a CronJob is healthy when its newest Job has succeeded, whatever an older one showed': [
    judge(cronJob(), [
      rawPod({
        owner: job('new'),
        created: ago(60),
        phase: 'Succeeded',
        containers: [terminated('web', ended(0, 5))],
      }),
      rawPod({ owner: job('old'), created: ago(900), containers: [waiting('web', 'CrashLoopBackOff')] }),
    ]),
    'healthy',
    /complete/,
  ],
  'a CronJob whose newest Job failed for good waits for the next run': [
    judge(cronJob(), [
      rawPod({
        owner: job('new'),
        created: ago(60),
        phase: 'Failed',
        containers: [terminated('web', ended(1, 5))],
      }),
    ]),
    'recovering',
    /next run/,
  ],
  'a suspended CronJob says so': [judge(cronJob({ suspend: true }), []), 'recovering', /suspended/],
  'an init container is fine once it has completed': [
    judge(
      deployment(DONE),
      [
        rawPod({
          phase: 'Running',
          inits: [terminated('migrate', ended(0, 200))],
          containers: [running('web')],
        }),
      ],
      { family: 'run', container: 'migrate', role: 'init' },
    ),
    'healthy',
    /complete/,
  ],
  'a container that the fix took away cannot fail any more': [
    judge(deployment(DONE), [steady], { family: 'run', container: 'removed', role: 'sidecar' }),
    'healthy',
    /complete/,
  ],
}

describe('health of a workload', () => {
  for (const [claim, [health, state, message]] of Object.entries(cases)) {
    test(claim, () => {
      assert.equal(health.state, state, health.message)
      assert.match(health.message, message)
    })
  }

  test('says when another look can tell more', () => {
    assert.equal(judge(deployment(DONE), [fresh]).lookAgainAt, NOW + 55_000)
  })
})
