import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { configMap, deployment, GOOD, initContainer } from './files.ts'
import { openScene } from './scene.ts'

interface Breakage {
  /** Reasons that may be seen first: families alternate. */
  readonly reasons: readonly string[]
  readonly before: Readonly<Record<string, string>>
  /** What the breaking commit writes. */
  readonly after: Readonly<Record<string, string>>
}

const broken = (image: string) => ({ 'web.yaml': deployment(image) })
const KUSTOMIZATION = (tag: string) => `resources: [web.yaml]
images:
  - name: registry.example/shop/web
    newTag: '${tag}' # bumped by the release job
`

const breakages: Readonly<Record<string, Breakage>> = {
  'a tag that does not exist': {
    reasons: ['ErrImagePull', 'ImagePullBackOff'],
    before: broken(GOOD),
    after: broken('registry.example/shop/web:1.5.0-missing'),
  },
  'a tag that does not exist, set by a kustomization': {
    reasons: ['ErrImagePull', 'ImagePullBackOff'],
    before: {
      'web.yaml': deployment('registry.example/shop/web'),
      'kustomization.yaml': KUSTOMIZATION('1.4.2'),
    },
    after: { 'kustomization.yaml': KUSTOMIZATION('1.5.0-missing') },
  },
  'an image name that cannot be': {
    reasons: ['InvalidImageName'],
    before: broken(GOOD),
    after: broken('registry.example/shop/Web:1.5.0'),
  },
  'an image of a sidecar that does not exist': {
    reasons: ['ErrImagePull', 'ImagePullBackOff'],
    before: {
      'web.yaml': deployment(GOOD, {
        pod: initContainer('proxy', 'registry.example/proxy:2.0', '        restartPolicy: Always\n'),
      }),
    },
    after: {
      'web.yaml': deployment(GOOD, {
        pod: initContainer('proxy', 'registry.example/proxy:2.1-missing', '        restartPolicy: Always\n'),
      }),
    },
  },
  'arguments that make it crash': {
    reasons: ['CrashLoopBackOff'],
    before: broken(GOOD),
    after: { 'web.yaml': deployment(GOOD, { main: '        args: ["--crash"]\n' }) },
  },
  'a command that is not in the image': {
    reasons: ['RunContainerError', 'CrashLoopBackOff'],
    before: { 'web.yaml': deployment(GOOD, { main: '        command: ["/bin/web", "--port=8080"]\n' }) },
    after: { 'web.yaml': deployment(GOOD, { main: '        command: ["/bin/does-not-exist"]\n' }) },
  },
  'a command of an init container that is not in the image': {
    reasons: ['CreateContainerError'],
    before: { 'web.yaml': deployment(GOOD, { pod: initContainer('migrate', 'registry.example/migrate:1') }) },
    after: {
      'web.yaml': deployment(GOOD, {
        pod: initContainer('migrate', 'registry.example/migrate:1', '        command: [does-not-exist]\n'),
      }),
    },
  },
  'a mistyped ConfigMap': {
    reasons: ['CreateContainerConfigError'],
    before: {
      'config.yaml': configMap('admission-config'),
      'web.yaml': deployment(GOOD, {
        main: '        envFrom:\n        - configMapRef: { name: admission-config }\n',
      }),
    },
    after: {
      'web.yaml': deployment(GOOD, {
        main: '        envFrom:\n        - configMapRef: { name: admissing-config }\n',
      }),
    },
  },
}

for (const forge of ['git', 'gitea'] as const) {
  describe(`on ${forge}, broken by a commit and repaired by a pull request`, { concurrency: 3 }, () => {
    for (const [claim, { reasons, before, after }] of Object.entries(breakages)) {
      it(claim, async (t) => {
        const scene = await openScene(t, { forge, files: before })
        await scene.rolledOut()
        await scene.start()
        await scene.commitAndApply(after, 'Change it')
        const review = await scene.inPhase('ReadyForReview')
        assert.ok(reasons.includes(review.fault.reason), review.fault.reason)
        assert.deepEqual(
          review.state.plan.verdicts.map(({ verdict }) => verdict),
          review.state.plan.verdicts.map(() => 'passed'),
        )
        await scene.merge(review.state.plan.branch)
        await scene.recovered()
        // Each of these faults is best repaired by what stood there before: byte for byte.
        for (const [file, text] of Object.entries(before))
          assert.equal(await scene.file(file), text.trimEnd())
        assert.deepEqual(
          (await scene.store.list(scene.namespace)).map(({ name }) => name),
          ['web-auto-fix'],
        )
      })
    }
  })
}
