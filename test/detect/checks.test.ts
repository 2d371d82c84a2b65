import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { describeTermination, findingsOf, REASON_SENTENCE } from '#src/detect/checks.ts'
import { projectPod } from '#src/detect/project-pod.ts'
import { FAULT_FAMILY } from '#src/domain/fault.ts'
import { ended, NOW, type PodParts, rawPod, running, terminated, waiting } from './raw-pods.ts'

const MINUTES = 60_000

function show(parts: PodParts): readonly string[] {
  return findingsOf(projectPod(rawPod(parts)), NOW, { stableForMs: 2 * MINUTES }).map(
    ({ reason, role, container, basis }) => `${role} ${container} ${reason} ${basis}`,
  )
}

const cases: Readonly<Record<string, readonly [PodParts, readonly string[]]>> = {
  'a main container whose image cannot be pulled shows the reason the kubelet states': [
    { containers: [waiting('web', 'ErrImagePull', 'not found')] },
    ['main web ErrImagePull stated'],
  ],
  'a sidecar is an init container with restartPolicy Always, and is told from it': [
    { sidecars: [waiting('proxy', 'ImagePullBackOff')], containers: [waiting('web', 'PodInitializing')] },
    ['sidecar proxy ImagePullBackOff stated'],
  ],
  'a crash-looping init container is found while the main one waits for it': [
    {
      inits: [
        waiting('migrate', 'CrashLoopBackOff', 'back-off', {
          restartCount: 3,
          lastState: { terminated: ended(1, 20) },
        }),
      ],
      containers: [waiting('web', 'PodInitializing')],
    },
    ['init migrate CrashLoopBackOff stated'],
  ],
  'two broken containers of one pod are two findings': [
    { containers: [waiting('web', 'InvalidImageName'), waiting('log', 'CreateContainerConfigError')] },
    ['main web InvalidImageName stated', 'main log CreateContainerConfigError stated'],
  ],
  'CreateContainerError and RunContainerError are found': [
    { containers: [waiting('a', 'CreateContainerError'), waiting('b', 'RunContainerError')] },
    ['main a CreateContainerError stated', 'main b RunContainerError stated'],
  ],
  'a pod that is merely starting shows nothing': [
    { inits: [running('init')], containers: [waiting('web', 'ContainerCreating')] },
    [],
  ],
  'a pod being deleted shows nothing': [
    { deleting: true, containers: [waiting('web', 'ImagePullBackOff')] },
    [],
  ],
  'a finished pod shows nothing': [
    {
      phase: 'Failed',
      restartPolicy: 'Never',
      containers: [terminated('web', ended(1, 5), { restartCount: 1 })],
    },
    [],
  ],
  'a container that runs between two restarts still shows the crash loop': [
    {
      phase: 'Running',
      containers: [running('web', undefined, { restartCount: 2, lastState: { terminated: ended(1, 15) } })],
    },
    ['main web CrashLoopBackOff between-restarts'],
  ],
  'a container that failed again after a restart states its crash loop, for as long as it shows that end': [
    { phase: 'Running', containers: [terminated('web', ended(137, 25), { restartCount: 1 })] },
    ['main web CrashLoopBackOff stated'],
  ],
  'a service that ends with exit code 0 after it had failed states its crash loop': [
    {
      phase: 'Running',
      containers: [
        terminated('web', ended(0, 1), { restartCount: 2, lastState: { terminated: ended(1, 15) } }),
      ],
    },
    ['main web CrashLoopBackOff stated'],
  ],
  'a service that has only ever ended with exit code 0 does not state a crash loop by one more end': [
    {
      phase: 'Running',
      containers: [
        terminated('web', ended(0, 1), { restartCount: 2, lastState: { terminated: ended(0, 15) } }),
      ],
    },
    ['main web CrashLoopBackOff between-restarts'],
  ],
  'a task that succeeded after it had failed shows nothing': [
    {
      phase: 'Running',
      restartPolicy: 'OnFailure',
      containers: [
        terminated('task', ended(0, 1), { restartCount: 2, lastState: { terminated: ended(1, 15) } }),
        running('log'),
      ],
    },
    [],
  ],
  'the first end of a container is not a fault yet': [
    { phase: 'Running', containers: [terminated('web', ended(1, 1))] },
    [],
  ],
  'a restart longer ago than the stable time is over': [
    {
      phase: 'Running',
      containers: [running('web', undefined, { restartCount: 1, lastState: { terminated: ended(1, 121) } })],
    },
    [],
  ],
  "the kubelet's back-off counts where it is longer than the stable time": [
    {
      phase: 'Running',
      containers: [running('web', undefined, { restartCount: 8, lastState: { terminated: ended(1, 290) } })],
    },
    ['main web CrashLoopBackOff between-restarts'],
  ],
  'an end in the future, by the clock of a node ahead of ours, counts as now': [
    {
      phase: 'Running',
      containers: [
        running('web', undefined, { restartCount: 1, lastState: { terminated: ended(1, -9000) } }),
      ],
    },
    ['main web CrashLoopBackOff between-restarts'],
  ],
  'exit code 0 is a failure where containers must always run': [
    {
      phase: 'Running',
      containers: [running('web', undefined, { restartCount: 3, lastState: { terminated: ended(0, 5) } })],
    },
    ['main web CrashLoopBackOff between-restarts'],
  ],
  'exit code 0 of an init container is success, however often it ran': [
    {
      phase: 'Running',
      inits: [terminated('init', ended(0, 5), { restartCount: 2, lastState: { terminated: ended(1, 9) } })],
      containers: [running('web')],
    },
    [],
  ],
  'a reason nobody knows is not a finding': [
    { containers: [waiting('web', 'constructor'), waiting('b', '')] },
    [],
  ],
}

describe('findings of a pod', () => {
  for (const [claim, [parts, expected]] of Object.entries(cases)) {
    test(claim, () => assert.deepEqual(show(parts), expected))
  }

  test('every reason of the vocabulary has a sentence and is found when it is stated', () => {
    assert.deepEqual(Object.keys(REASON_SENTENCE).sort(), Object.keys(FAULT_FAMILY).sort())
    for (const reason of Object.keys(FAULT_FAMILY)) {
      assert.deepEqual(show({ containers: [waiting('web', reason)] }), [`main web ${reason} stated`])
    }
  })

  test('the message of a crash loop tells how the container last ended', () => {
    const last = ended(139, 20, { signal: 11, message: 'segfault in plugin' })
    const pod = rawPod({
      containers: [
        waiting('web', 'CrashLoopBackOff', 'back-off 40s', {
          restartCount: 4,
          lastState: { terminated: last },
        }),
      ],
    })
    const [finding] = findingsOf(projectPod(pod), NOW, { stableForMs: 0 })
    assert.match(finding?.message ?? '', /back-off 40s.*Error, exit code 139, signal 11: segfault in plugin$/)
  })

  test('a termination is described by reason, exit code and signal', () => {
    const end = { exitCode: 137, signal: 9, reason: 'OOMKilled', message: '', finishedAt: undefined }
    assert.equal(describeTermination(end), 'OOMKilled, exit code 137, signal 9')
  })
})

describe('projecting a pod', () => {
  test('keeps a few hundred bytes of a pod with enormous messages, annotations and specs', () => {
    const pod = rawPod({ containers: [waiting('web', 'ErrImagePull', 'x'.repeat(1_000_000))] })
    const sketch = projectPod({
      ...pod,
      spec: { ...(pod['spec'] as object), volumes: ['y'.repeat(100_000)] },
    })
    assert.ok(JSON.stringify(sketch).length < 1200)
    assert.equal(sketch.containers[0]?.name, 'web')
  })

  test('reads a pod without spec, status or owners as one that shows nothing', () => {
    const pod = projectPod({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'bare' }, status: 'odd' })
    assert.deepEqual(findingsOf(pod, NOW, { stableForMs: 0 }), [])
    assert.equal(pod.controller, undefined)
  })
})
