import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { applyChanges, type FieldChange } from '#src/domain/change.ts'
import { parseFieldPath, withValueAt } from '#src/domain/field-path.ts'
import type { Json } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import { type GateName, type Proposal, refusals } from '#src/domain/proposal.ts'
import { dryRunGate } from '#src/propose/gates/dry-run.ts'
import {
  checkEdit,
  checkMerged,
  checkProposal,
  EDIT_GATES,
  MERGED_GATES,
  PROPOSAL_GATES,
} from '#src/propose/gates/run-gates.ts'
import { imagePlaybook } from '#src/propose/playbooks/image.ts'
import type { Incident } from '#src/propose/proposer.ts'
import { AT, BAD, container, GOOD, history, incident, podSpec, replicaSet, WEB } from '../incidents.ts'

interface Submission {
  readonly incident: Incident
  readonly proposal: Proposal
  readonly before: KubeObject
  readonly after: KubeObject
}

const hardened = {
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, runAsNonRoot: true },
  livenessProbe: { httpGet: { path: '/', port: 8080 } },
  readinessProbe: { httpGet: { path: '/', port: 8080 } },
  resources: { limits: { memory: '64Mi' } },
}

const faulty = incident({
  reason: 'ErrImagePull',
  git: history(
    podSpec({ ...hardened, image: BAD, workingDir: '/srv' }),
    podSpec({ ...hardened, image: GOOD, workingDir: '/app' }),
  ),
  replicaSets: [replicaSet('web-1', 2, podSpec({ ...hardened, image: GOOD }))],
})

function submit(changes: readonly FieldChange[], over: Partial<Submission> = {}): Submission {
  const { rendered } = over.incident ?? faulty
  return {
    incident: faulty,
    proposal: { proposer: 'ollama', summary: 'Fix', rootCause: 'Broken', risk: 'None', grounds: [], changes },
    before: rendered,
    after: applyChanges(asJson(rendered), changes) as unknown as KubeObject,
    ...over,
  }
}

function set(field: string, value: Json): FieldChange {
  return { op: 'set', field, value }
}

function refusedBy(submission: Submission, without?: GateName): readonly GateName[] {
  const keep = <T extends object>(gates: T) =>
    Object.fromEntries(Object.entries(gates).filter(([name]) => name !== without))
  const { incident, proposal } = submission
  const verdicts = [
    ...checkProposal(incident, proposal, keep(PROPOSAL_GATES)),
    ...checkEdit(incident, proposal, submission, keep(EDIT_GATES)),
  ]
  return refusals(verdicts).map(({ gate }) => gate)
}

const right = submit([set(`${AT}.image`, GOOD)])
const other = (object: KubeObject, metadata: Partial<KubeObject['metadata']>): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, ...metadata },
})
const alter = (object: KubeObject, field: string, value: Json | undefined): KubeObject =>
  withValueAt(asJson(object), parseFieldPath(field), value) as unknown as KubeObject

const crashing = incident({
  reason: 'CrashLoopBackOff',
  git: history(podSpec({ command: ['web'] }), podSpec({ command: 'run web' })),
})

const evil = 'evil.example/shop/web:1.0'
const attacks: Record<Exclude<GateName, 'dry-run' | 'what-if' | 'memory'>, [string, Submission]> = {
  schema: [
    'a command that is no list, although it once stood in Git like that',
    submit([set(`${AT}.command`, 'run web')], { incident: crashing }),
  ],
  'allow-list': [
    'a harmless field with a value from Git history that has nothing to do with the fault',
    submit([set(`${AT}.workingDir`, '/app')]),
  ],
  grounding: ['a tag that nobody has ever seen', submit([set(`${AT}.image`, `${WEB}:1.0.1`)])],
  identity: [
    'the right change, rendered in another object of that kind',
    submit([set(`${AT}.image`, GOOD)], {
      before: other(right.before, { name: 'api' }),
      after: other(right.after, { name: 'api' }),
    }),
  ],
  security: [
    'an image from a registry that Git never had, which somebody runs by hand',
    submit([set(`${AT}.image`, evil)], {
      incident: {
        ...faulty,
        snapshot: {
          ...faulty.snapshot,
          replicaSets: [replicaSet('web-1', 2, podSpec({ ...hardened, image: evil }))],
        },
      },
    }),
  ],
  'render-diff': [
    'another field that the edit changes by the way',
    submit([set(`${AT}.image`, GOOD)], { after: alter(right.after, 'spec.replicas', 0) }),
  ],
}

describe('a right proposal', () => {
  it('passes every gate', () => assert.deepEqual(refusedBy(right), []))

  it('is what the playbook proposes', async () => {
    const answer = await imagePlaybook.propose(faulty, [])
    assert.equal(answer.kind, 'proposal')
    if (answer.kind !== 'proposal') return
    assert.deepEqual(refusedBy({ ...right, proposal: answer.proposal }), [])
  })
})

describe('each gate stops an attack that no other gate stops:', () => {
  for (const [gate, [sentence, attack]] of Object.entries(attacks) as [GateName, [string, Submission]][]) {
    it(`${gate}: ${sentence}`, () => {
      assert.deepEqual(refusedBy(attack), [gate])
      assert.deepEqual(refusedBy(attack, gate), [], 'without the gate it would get through')
    })
  }

  it('dry-run: what only the API server can know', async () => {
    const verdict = await dryRunGate(right.proposal.changes, async () => ({
      gate: 'dry-run',
      verdict: 'refused',
      message: 'exceeded quota',
    }))
    assert.deepEqual(verdict, { gate: 'dry-run', verdict: 'refused', message: 'exceeded quota' })
    assert.deepEqual(refusedBy(right), [])
  })
})

const at = (name: string) => `spec.template.spec.containers[name=${name}]`
const SPEC = 'spec.template.spec'
const mutations: Record<string, Submission> = {
  'another container': submit([set(`${at('proxy')}.image`, GOOD)]),
  'another tag': submit([set(`${AT}.image`, `${WEB}:2.0`)]),
  'another registry': submit([set(`${AT}.image`, evil)]),
  'another repository of the same registry': submit([set(`${AT}.image`, 'registry.example/shop/api:1.0')]),
  'the failing image itself': submit([set(`${AT}.image`, BAD)]),
  'no change at all': submit([]),
  'the image removed': submit([{ op: 'remove', field: `${AT}.image` }]),
  'an image that is a list': submit([set(`${AT}.image`, [GOOD])]),
  'an image that is null': submit([set(`${AT}.image`, null)]),
  'the field twice': submit([set(`${AT}.image`, GOOD), set(`${AT}.image`, GOOD)]),
  'a command beside it': submit([set(`${AT}.image`, GOOD), set(`${AT}.command`, ['sh'])]),
  'the whole container': submit([set(AT, container({ image: GOOD }))]),
  'the whole pod spec': submit([set(SPEC, podSpec({ image: GOOD }))]),
  'a privileged container beside it': submit([
    set(`${AT}.image`, GOOD),
    set(`${AT}.securityContext.privileged`, true),
  ]),
  'the host network beside it': submit([set(`${AT}.image`, GOOD), set(`${SPEC}.hostNetwork`, true)]),
  'a ServiceAccount beside it': submit([
    set(`${AT}.image`, GOOD),
    set(`${SPEC}.serviceAccountName`, 'admin'),
  ]),
  'the number of replicas beside it': submit([set(`${AT}.image`, GOOD), set('spec.replicas', 0)]),
  'a label beside it': submit([set(`${AT}.image`, GOOD), set('metadata.labels.app', 'x')]),
  'a field path that is none': submit([set(`${AT}.image`, GOOD)], {
    proposal: { ...right.proposal, changes: [set(`${AT}..image`, GOOD)] },
  }),
  'a path written another way': submit([set(`${AT}["image"]`, GOOD)]),
  'an edit that loses the probe': submit([set(`${AT}.image`, GOOD)], {
    after: alter(right.after, `${AT}.livenessProbe`, undefined),
  }),
  'an edit that loses the limits': submit([set(`${AT}.image`, GOOD)], {
    after: alter(right.after, `${AT}.resources`, undefined),
  }),
  'an edit that adds a host path': submit([set(`${AT}.image`, GOOD)], {
    after: alter(right.after, `${SPEC}.volumes`, [{ name: 'root', hostPath: { path: '/' } }]),
  }),
  'an edit that adds a container': submit([set(`${AT}.image`, GOOD)], {
    after: alter(right.after, at('miner'), { name: 'miner', image: GOOD }),
  }),
  'an edit that changes nothing': submit([set(`${AT}.image`, GOOD)], { after: right.before }),
  'an edit of another namespace': submit([set(`${AT}.image`, GOOD)], {
    before: other(right.before, { namespace: 'bank' }),
    after: other(right.after, { namespace: 'bank' }),
  }),
  'an edit of another kind': submit([set(`${AT}.image`, GOOD)], {
    before: { ...right.before, kind: 'StatefulSet' },
    after: { ...right.after, kind: 'StatefulSet' },
  }),
  'a workload that is being deleted': submit([set(`${AT}.image`, GOOD)], {
    incident: {
      ...faulty,
      snapshot: {
        ...faulty.snapshot,
        workload: other(faulty.snapshot.workload, { deletionTimestamp: '2026-01-01T00:00:00Z' }),
      },
    },
  }),
  'a summary of many lines': submit([set(`${AT}.image`, GOOD)], {
    proposal: { ...right.proposal, summary: 'Fix\n\nCo-authored-by: x' },
  }),
}

describe('a right proposal does not pass any more when it is corrupted into', () => {
  for (const [sentence, mutation] of Object.entries(mutations)) {
    it(sentence, () => assert.notDeepEqual(refusedBy(mutation), []))
  }
})

describe('merged content', () => {
  const merged = (after: KubeObject, over: Partial<Parameters<typeof checkMerged>[0]> = {}) =>
    refusals(
      checkMerged({
        target: faulty.target,
        family: 'image',
        role: 'main',
        container: 'web',
        before: faulty.rendered,
        after,
        authoredByHuman: undefined,
        incident: faulty,
        ...over,
      }),
    ).map(({ gate }) => gate)
  const edited = alter(faulty.rendered, `${AT}.image`, `${WEB}:1.0.1`)

  it('passes when it is what was proposed', () => assert.deepEqual(merged(right.after), []))

  it("passes with a reviewer's own value, which that person grounds", () => {
    assert.deepEqual(merged(edited), ['grounding'])
    assert.deepEqual(merged(edited, { authoredByHuman: 'alice' }), [])
  })

  it('is not excused from any other gate by its author', () => {
    const strange = { authoredByHuman: 'alice' }
    const foreign = alter(faulty.rendered, `${AT}.image`, evil)
    const privileged = alter(right.after, `${AT}.securityContext.privileged`, true)
    assert.deepEqual(merged(foreign, strange), ['security'])
    assert.deepEqual(merged(privileged, strange), ['schema', 'allow-list', 'security'])
    assert.deepEqual(merged(alter(edited, `${AT}.image`, 'no image'), strange), ['schema', 'security'])
    assert.deepEqual(merged(faulty.rendered, strange), ['schema'])
  })

  it('is grounded by nothing where neither an incident nor a person stands for it', () => {
    const { incident: _, ...rest } = {
      target: faulty.target,
      family: 'image' as const,
      role: 'main' as const,
      container: 'web',
      before: faulty.rendered,
      after: right.after,
      authoredByHuman: undefined,
      incident: faulty,
    }
    assert.deepEqual(
      refusals(checkMerged(rest)).map(({ gate }) => gate),
      ['grounding'],
    )
    assert.equal(Object.keys(MERGED_GATES).length, 5)
  })

  it('of a list without keys is judged position by position', () => {
    const spec = (name: string) => podSpec({ envFrom: [{ prefix: 'A_', configMapRef: { name } }] })
    const config = incident({
      reason: 'CreateContainerConfigError',
      message: 'configmap "web-setings" not found',
      git: history(spec('web-setings')),
      references: [{ kind: 'ConfigMap', name: 'web-settings', keys: [], seenIn: 'git' }],
    })
    const after = alter(config.rendered, `${AT}.envFrom[0].configMapRef.name`, 'web-settings')
    assert.deepEqual(merged(after, { incident: config, before: config.rendered, family: 'config' }), [])
  })
})
