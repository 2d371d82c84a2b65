import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { clusterState } from '#src/domain/cluster-state.ts'
import { parseFieldPath, withValueAt } from '#src/domain/field-path.ts'
import type { Json } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { securityGate } from '#src/propose/gates/security.ts'
import { AT, deployment, GOOD, history, incident, podSpec, WEB } from '../incidents.ts'

const SPEC = 'spec.template.spec'
const before = deployment({
  hostUsers: false,
  automountServiceAccountToken: false,
  securityContext: { runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
  volumes: [{ name: 'config', configMap: { name: 'web' } }],
  containers: [
    {
      name: 'web',
      image: GOOD,
      ports: [{ containerPort: 80 }],
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        runAsNonRoot: true,
        capabilities: { drop: ['ALL'] },
        appArmorProfile: { type: 'RuntimeDefault' },
      },
      livenessProbe: { tcpSocket: { port: 80 } },
      readinessProbe: { tcpSocket: { port: 80 } },
      startupProbe: { tcpSocket: { port: 80 } },
      resources: { limits: { memory: '1Gi', cpu: '1' } },
      volumeMounts: [{ name: 'config', mountPath: '/etc/web', readOnly: true }],
    },
  ],
})
const alter = (field: string, value: Json | undefined): KubeObject =>
  withValueAt(asJson(before), parseFieldPath(field), value) as unknown as KubeObject
const CONTEXT = `${AT}.securityContext`

const refusedChanges: Record<string, [field: string, value: Json | undefined]> = {
  'a privileged container': [`${CONTEXT}.privileged`, true],
  'privilege escalation': [`${CONTEXT}.allowPrivilegeEscalation`, true],
  'privilege escalation by default': [`${CONTEXT}.allowPrivilegeEscalation`, undefined],
  'an added capability': [`${CONTEXT}.capabilities.add`, ['NET_ADMIN']],
  'capabilities no longer dropped': [`${CONTEXT}.capabilities`, undefined],
  'a writable root file system': [`${CONTEXT}.readOnlyRootFilesystem`, false],
  'root allowed': [`${CONTEXT}.runAsNonRoot`, undefined],
  'user 0': [`${CONTEXT}.runAsUser`, 0],
  'user 0 for the pod': [`${SPEC}.securityContext.runAsUser`, 0],
  'no seccomp': [`${SPEC}.securityContext.seccompProfile.type`, 'Unconfined'],
  'seccomp by default': [`${SPEC}.securityContext.seccompProfile`, undefined],
  'no AppArmor': [`${CONTEXT}.appArmorProfile.type`, 'Unconfined'],
  'no AppArmor by annotation': [
    'spec.template.metadata.annotations',
    { 'container.apparmor.security.beta.kubernetes.io/web': 'unconfined' },
  ],
  'unmasked /proc': [`${CONTEXT}.procMount`, 'Unmasked'],
  'a kernel setting': [`${SPEC}.securityContext.sysctls`, [{ name: 'a', value: 'b' }]],
  'no securityContext at all': [CONTEXT, undefined],
  'the host network': [`${SPEC}.hostNetwork`, true],
  'the host PID namespace': [`${SPEC}.hostPID`, true],
  'the host IPC namespace': [`${SPEC}.hostIPC`, true],
  "the host's users": [`${SPEC}.hostUsers`, undefined],
  'a host port': [`${AT}.ports`, [{ containerPort: 80, hostPort: 80 }]],
  'a host path': [`${SPEC}.volumes[name=root]`, { name: 'root', hostPath: { path: '/' } }],
  'a ServiceAccount': [`${SPEC}.serviceAccountName`, 'admin'],
  'a mounted token': [`${SPEC}.automountServiceAccountToken`, undefined],
  'a projected token': [
    `${SPEC}.volumes[name=token]`,
    { name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
  ],
  'a mounted Secret': [`${SPEC}.volumes[name=s]`, { name: 's', secret: { secretName: 'admin' } }],
  'a projected Secret': [
    `${SPEC}.volumes[name=s]`,
    { name: 's', projected: { sources: [{ secret: { name: 'admin' } }] } },
  ],
  'a Secret in a variable': [
    `${AT}.env`,
    [{ name: 'A', valueFrom: { secretKeyRef: { name: 'admin', key: 'a' } } }],
  ],
  'a Secret as environment': [`${AT}.envFrom`, [{ secretRef: { name: 'admin' } }]],
  'a pull secret': [`${SPEC}.imagePullSecrets`, [{ name: 'admin' }]],
  'a writable mount': [`${AT}.volumeMounts[mountPath=/etc/web].readOnly`, undefined],
  'no liveness probe': [`${AT}.livenessProbe`, undefined],
  'no readiness probe': [`${AT}.readinessProbe`, undefined],
  'no startup probe': [`${AT}.startupProbe`, undefined],
  'no memory limit': [`${AT}.resources.limits.memory`, undefined],
  'no resources': [`${AT}.resources`, undefined],
  'another container': [`${SPEC}.containers[name=miner]`, { name: 'miner', image: GOOD }],
  'an init container': [`${SPEC}.initContainers`, [{ name: 'miner', image: GOOD }]],
  'a container less': [`${SPEC}.containers`, []],
  'another registry': [`${AT}.image`, 'evil.example/shop/web:1.0'],
  'another repository': [`${AT}.image`, 'registry.example/shop/api:1.0'],
  'an image that cannot be read': [`${AT}.image`, `${WEB}:`],
  'another node': [`${SPEC}.nodeName`, 'control-plane'],
}

const acceptedChanges: Record<string, [field: string, value: Json | undefined]> = {
  'another tag': [`${AT}.image`, `${WEB}:1.1`],
  'a digest': [`${AT}.image`, `${WEB}@sha256:${'a'.repeat(64)}`],
  'another command': [`${AT}.command`, ['web']],
  'another ConfigMap': [`${SPEC}.volumes[name=config].configMap.name`, 'web-settings'],
  'a tighter container': [`${CONTEXT}.privileged`, false],
}

const git = incident({ reason: 'ErrImagePull', git: history(podSpec()) })

describe('the security gate refuses', () => {
  for (const [sentence, [field, value]] of Object.entries(refusedChanges)) {
    it(sentence, () => assert.equal(securityGate(git, before, alter(field, value)).verdict, 'refused'))
  }
})

describe('the security gate lets pass', () => {
  for (const [sentence, [field, value]] of Object.entries(acceptedChanges)) {
    it(sentence, () => {
      assert.deepEqual(securityGate(git, before, alter(field, value)), {
        gate: 'security',
        verdict: 'passed',
        message: 'Nothing is granted that was not, and no guard is lost.',
      })
    })
  }

  it('an image repository that Git history has in that container', () => {
    const moved = incident({
      reason: 'ErrImagePull',
      git: history(podSpec(), podSpec({ image: 'old.example/web:1.0' })),
    })
    const after = alter(`${AT}.image`, 'old.example/web:1.0')
    assert.equal(securityGate(moved, before, after).verdict, 'passed')
    assert.equal(securityGate(undefined, before, after).verdict, 'refused')
  })
})

describe('an image from a registry that the workload was moved away from', () => {
  const old = podSpec({ image: 'old.example/web:1.0' })
  const after = alter(`${AT}.image`, 'old.example/web:1.0')
  const neighbour = (image: string) => ({
    ...deployment(podSpec({ image })),
    metadata: { name: 'api', namespace: 'shop' },
  })
  const verdictWith = (image: string, message = '') =>
    securityGate(
      {
        ...incident({ reason: 'ErrImagePull', message, git: history(podSpec(), old) }),
        state: clusterState([asJson(neighbour(image)), asJson(before)], []),
      },
      before,
      after,
    ).verdict

  it('is refused though it stood in Git', () => assert.equal(verdictWith(GOOD), 'refused'))

  it('passes where a neighbour pulls from there', () => {
    assert.equal(verdictWith('old.example/api:3.0'), 'passed')
  })

  it('passes where the present registry does not exist and nothing else uses it', () => {
    const message = 'dial tcp: lookup registry.example: no such host'
    assert.equal(verdictWith('third.example/api:1', message), 'passed')
    assert.equal(verdictWith(GOOD, message), 'refused')
  })
})

describe('a Secret that the workload did not use before', () => {
  const using = (name: string) => deployment(podSpec({ envFrom: [{ secretRef: { name } }] }))
  const misspelt = incident({
    reason: 'CreateContainerConfigError',
    message: 'secret "databse" not found',
    git: history(podSpec()),
    references: [
      { kind: 'Secret', name: 'database', keys: [], seenIn: 'git' },
      { kind: 'Secret', name: 'admin', keys: [], seenIn: 'git' },
    ],
  })

  it('may take the place of the missing one that is a slip of it', () => {
    assert.equal(securityGate(misspelt, using('databse'), using('database')).verdict, 'passed')
  })

  it('may not be any other, though it is known', () => {
    assert.equal(securityGate(misspelt, using('databse'), using('admin')).verdict, 'refused')
  })

  it('may not come beside the missing one, or without its being missed', () => {
    const beside = deployment(
      podSpec({ envFrom: [{ secretRef: { name: 'databse' } }, { secretRef: { name: 'database' } }] }),
    )
    assert.equal(securityGate(misspelt, using('databse'), beside).verdict, 'refused')
    assert.equal(securityGate(git, using('databse'), using('database')).verdict, 'refused')
  })
})
