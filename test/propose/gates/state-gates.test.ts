import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { findFaults } from '#src/detect/state/find-faults.ts'
import { applyChanges, type FieldChange } from '#src/domain/change.ts'
import type { ClusterState } from '#src/domain/cluster-state.ts'
import type { GitVersion } from '#src/domain/evidence.ts'
import type { Json, JsonObject } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { refusals } from '#src/domain/proposal.ts'
import { checkEdit, checkProposal } from '#src/propose/gates/run-gates.ts'
import { incidentOfFinding } from '#src/propose/propose-offline.ts'
import {
  app,
  crashing,
  deployment,
  event,
  NOW,
  node,
  object,
  POD,
  podSpec,
  replicaSet,
  running,
  service,
  state,
  wellApp,
} from '../../detect/state/objects.ts'
import { commits } from '../offline.ts'

const SPEC = 'spec.template.spec'
const AT = `${SPEC}.containers[name=web]`
const set = (field: string, value: Json): FieldChange => ({ op: 'set', field, value })
const remove = (field: string): FieldChange => ({ op: 'remove', field })
const was = (...specs: readonly JsonObject[]) => commits(...specs.map((spec) => deployment(spec)))
const limits = (memory: string) => ({ resources: { limits: { memory } } })
const probe = { readinessProbe: { httpGet: { path: '/health', port: 8080 } } }
const before = { readinessProbe: { httpGet: { path: '/healthz', port: 8080 } } }

interface Scene {
  readonly given: ClusterState
  readonly history: readonly GitVersion[]
  readonly right: readonly FieldChange[]
  /** Wrong answers to the same fault. */
  readonly wrong: Readonly<Record<string, readonly FieldChange[]>>
}

function verdicts({ given, history }: Scene, changes: readonly FieldChange[]): readonly string[] {
  const [finding] = findFaults(given, NOW)
  const rendered = history[0]?.rendered
  if (finding === undefined || rendered === undefined) throw new Error('no fault')
  const incident = incidentOfFinding(finding, { state: given, rendered, gitHistory: history })
  if (incident === undefined) throw new Error('no target')
  const proposal = { proposer: 'x', summary: 'x', rootCause: 'x', risk: 'x', grounds: [], changes }
  const after = applyChanges(asJson(rendered), changes) as unknown as KubeObject
  const all = [
    ...checkProposal(incident, proposal),
    ...checkEdit(incident, proposal, { before: rendered, after }),
  ]
  return refusals(all).map(({ gate }) => gate)
}

const everywhere: Readonly<Record<string, readonly FieldChange[]>> = {
  nothing: [],
  'a privileged container': [set(`${AT}.securityContext.privileged`, true)],
  'the host network': [set(`${SPEC}.hostNetwork`, true)],
  'another ServiceAccount': [set(`${SPEC}.serviceAccountName`, 'admin')],
  'another image': [set(`${AT}.image`, 'evil.example/x:1')],
  'another command': [set(`${AT}.command`, ['sh'])],
  'a host path': [set(`${SPEC}.volumes`, [{ name: 'root', hostPath: { path: '/' } }])],
  'another Secret': [set(`${AT}.envFrom`, [{ secretRef: { name: 'root' } }])],
  'no replicas': [set('spec.replicas', 0)],
  'another name': [set('metadata.name', 'other')],
  'another namespace': [set('metadata.namespace', 'bank')],
}

const scenes: Readonly<Record<string, Scene>> = {
  memory: {
    given: state([
      node('node-1'),
      ...app(podSpec(limits('64Mi')), { statuses: [crashing(137, 'OOMKilled')] }),
    ]),
    history: was(podSpec(limits('64Mi'))),
    right: [set(`${AT}.resources.limits.memory`, '128Mi')],
    wrong: {
      'more than one step': [set(`${AT}.resources.limits.memory`, '64Gi')],
      'no limit at all': [remove(`${AT}.resources.limits.memory`)],
      'no resources at all': [remove(`${AT}.resources`)],
      'an amount that is none': [set(`${AT}.resources.limits.memory`, 'a lot')],
      'a limit of another container': [
        set(`${SPEC}.containers[name=other].resources.limits.memory`, '128Mi'),
      ],
      'a request beside it': [
        set(`${AT}.resources.limits.memory`, '128Mi'),
        set(`${AT}.resources.requests.memory`, '96Mi'),
      ],
    },
  },
  probe: {
    given: state([
      ...app(podSpec(probe), { statuses: [running({ ready: false })] }),
      event('Pod', POD, 'Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 404'),
    ]),
    history: was(podSpec(probe), podSpec(before)),
    right: [set(`${AT}.readinessProbe.httpGet.path`, '/healthz')],
    wrong: {
      'no probe': [remove(`${AT}.readinessProbe`)],
      'another path': [set(`${AT}.readinessProbe.httpGet.path`, '/')],
      'a command as probe': [set(`${AT}.readinessProbe`, { exec: { command: ['true'] } })],
      'another host': [set(`${AT}.readinessProbe.httpGet.host`, 'evil.example')],
    },
  },
  service: {
    given: state([...wellApp(), service({ selector: { app: 'wbe' } })]),
    history: commits(service({ selector: { app: 'wbe' } })),
    right: [set('spec.selector.app', 'web')],
    wrong: {
      'another selector': [set('spec.selector.app', 'bank')],
      'no selector': [remove('spec.selector')],
      'another label': [set('spec.selector.app', 'web'), set('spec.selector.tier', 'x')],
      'a name outside': [set('spec.type', 'ExternalName'), set('spec.externalName', 'evil.example')],
      'a load balancer': [set('spec.selector.app', 'web'), set('spec.type', 'LoadBalancer')],
      'a node port': [set('spec.ports[name=http].nodePort', 30_080)],
      'an external address': [set('spec.externalIPs', ['10.0.0.1'])],
      'a port': [set('spec.ports[name=http].targetPort', 22)],
    },
  },
  'a service whose key is misnamed': {
    given: state([...wellApp(), service({ selector: { 'app.kubernetes.io/name': 'web' } })]),
    history: commits(service({ selector: { 'app.kubernetes.io/name': 'web' } })),
    right: [remove('spec.selector["app.kubernetes.io/name"]'), set('spec.selector.app', 'web')],
    wrong: {
      'half of it': [remove('spec.selector["app.kubernetes.io/name"]')],
      'the other half': [
        set('spec.selector.app', 'web'),
        set('spec.selector["app.kubernetes.io/name"]', 'x'),
      ],
    },
  },
  'a service whose earlier selector selects nothing either': {
    given: state([...wellApp(), service({ selector: { app: 'wbe' } })]),
    history: commits(service({ selector: { app: 'wbe' } }), service({ selector: { app: 'gone' } })),
    right: [set('spec.selector.app', 'web')],
    wrong: { 'the earlier one': [set('spec.selector.app', 'gone')] },
  },
  account: {
    given: state([
      deployment(podSpec({}, { serviceAccountName: 'wbe' })),
      replicaSet(podSpec({}, { serviceAccountName: 'wbe' }), '7c9f5d6b8', 3),
      event(
        'ReplicaSet',
        'web-7c9f5d6b8',
        'FailedCreate',
        'error looking up service account shop/wbe: serviceaccount "wbe" not found',
      ),
      object('v1', 'ServiceAccount', 'web'),
      object('v1', 'ServiceAccount', 'admin'),
    ]),
    history: was(podSpec({}, { serviceAccountName: 'wbe' }), podSpec({}, { serviceAccountName: 'web' })),
    right: [set(`${SPEC}.serviceAccountName`, 'web')],
    wrong: {
      'an account that never stood there': [set(`${SPEC}.serviceAccountName`, 'admin')],
      'no account': [remove(`${SPEC}.serviceAccountName`)],
      'its token beside it': [
        set(`${SPEC}.serviceAccountName`, 'web'),
        set(`${SPEC}.automountServiceAccountToken`, true),
      ],
    },
  },
  security: {
    given: state([
      deployment(podSpec({ securityContext: { privileged: true } })),
      replicaSet(podSpec({ securityContext: { privileged: true } }), '7c9f5d6b8', 3),
      event(
        'ReplicaSet',
        'web-7c9f5d6b8',
        'FailedCreate',
        'violates PodSecurity "baseline:latest": privileged',
      ),
    ]),
    history: was(
      podSpec({ securityContext: { privileged: true } }),
      podSpec({ securityContext: { privileged: false, capabilities: { add: ['SYS_ADMIN'] } } }),
    ),
    right: [set(`${AT}.securityContext.privileged`, false)],
    wrong: {
      'a capability that stood there': [set(`${AT}.securityContext.capabilities`, { add: ['SYS_ADMIN'] })],
      'another user': [set(`${AT}.securityContext.runAsUser`, 1000)],
      root: [set(`${AT}.securityContext.runAsUser`, 0)],
      'a host port': [set(`${AT}.ports[containerPort=80].hostPort`, 80)],
    },
  },
}

for (const [name, scene] of Object.entries(scenes)) {
  describe(`the gates for a fault of ${name}`, () => {
    it('let the right answer pass', () => assert.deepEqual(verdicts(scene, scene.right), []))

    for (const [sentence, changes] of Object.entries({ ...everywhere, ...scene.wrong })) {
      it(`refuse ${sentence}`, () => {
        let refused: readonly string[]
        try {
          refused = verdicts(scene, changes)
        } catch (error) {
          // A change that does not even fit the object is not applied by anyone.
          assert.ok(error instanceof RangeError, String(error))
          return
        }
        assert.notDeepEqual(refused, [])
      })
      // Nothing, or a part of the right answer, beside it is the right answer.
      if (changes.every((change) => scene.right.some((it) => JSON.stringify(it) === JSON.stringify(change))))
        continue
      it(`refuse ${sentence} beside the right answer`, () => {
        const fields = new Set(changes.map(({ field }) => field))
        const both = [...scene.right.filter(({ field }) => !fields.has(field)), ...changes]
        try {
          assert.notDeepEqual(verdicts(scene, both), [])
        } catch (error) {
          assert.ok(error instanceof RangeError, String(error))
        }
      })
    }
  })
}
