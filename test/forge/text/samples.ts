import type { JsonObject } from '#src/domain/json.ts'
import type { GateName, GateVerdict, Proposal } from '#src/domain/proposal.ts'
import type { Plan, Remediation } from '#src/domain/remediation.ts'
import type { RepositorySpec } from '#src/domain/repository.ts'

const DETECTED = Date.parse('2026-03-02T09:14:07Z')

export const GITHUB: RepositorySpec = {
  name: 'infra',
  url: 'https://github.example.test/acme/infra.git',
  branch: 'main',
  forge: {
    type: 'github',
    baseUrl: 'https://github.example.test/api/v3',
    owner: 'acme',
    repo: 'infra',
    approval: 'merged',
  },
  paths: [{ path: 'apps' }],
  namespaces: ['shop'],
  mode: 'apply',
  pullRequest: { branchPrefix: 'aiops-operator/', labels: [], includeLogs: false },
}

export const PLAIN_GIT: RepositorySpec = { ...GITHUB, forge: { type: 'git', allowUnreviewed: true } }

function verdict(gate: GateName, message: string): GateVerdict {
  return { gate, verdict: 'passed', message }
}

const VERDICTS: readonly GateVerdict[] = [
  verdict('schema', 'The proposal has the shape of a patch of this target.'),
  verdict('allow-list', 'Only fields that may be changed for this fault are changed.'),
  verdict('identity', 'The change is to Deployment shop/web, as the cluster knows it.'),
  verdict('grounding', 'Every value has a ground that was found again.'),
  verdict('security', 'No new registry, privilege, host access, account or Secret.'),
  verdict('render-diff', 'Rendered before and after, exactly these fields of this object differ.'),
  verdict('dry-run', 'The API server and its admission accept the change.'),
]

export interface Sample {
  readonly fault: Partial<Remediation['fault']>
  readonly evidence: JsonObject
  readonly proposal: Partial<Proposal>
  readonly diff: string
}

const IMAGE_FIELD = 'spec.template.spec.containers[name=web].image'

export const IMAGE: Sample = {
  fault: { reason: 'ImagePullBackOff', family: 'image' },
  evidence: {
    fault: {
      message: 'Back-off pulling image "registry.example.test/shop/web:1.9.2": ErrImagePull: not found',
    },
    failingPods: { count: 3, names: ['web-7c9f-a', 'web-7c9f-b', 'web-7c9f-c'] },
    events: [
      { type: 'Warning', reason: 'Failed', count: 12 },
      { type: 'Normal', reason: 'Pulling', count: 4 },
      { type: 'Warning', reason: 'BackOff', count: 31 },
    ],
    logs: { notes: ['current log: there is none'] },
  },
  proposal: {
    proposer: 'playbook/image',
    summary:
      'Set the image of container web of Deployment shop/web back to registry.example.test/shop/web:1.9.1',
    rootCause:
      'The image registry.example.test/shop/web:1.9.2 cannot be pulled (ImagePullBackOff); it was set by commit 4be91c02 by Alice on 2026-03-02.',
    changes: [{ op: 'set', field: IMAGE_FIELD, value: 'registry.example.test/shop/web:1.9.1' }],
    grounds: [
      {
        field: IMAGE_FIELD,
        kind: 'replicaset',
        evidence: 'ReplicaSet web-6d58 (3 of 3 available) runs it.',
      },
    ],
    risk: 'Whatever registry.example.test/shop/web:1.9.2 was meant to bring is left out until its image can be pulled.',
  },
  diff: `--- a/apps/shop/web.yaml
+++ b/apps/shop/web.yaml
@@ -17,7 +17,7 @@
       containers:
         - name: web
           # kept in step with the chart
-          image: registry.example.test/shop/web:1.9.2
+          image: registry.example.test/shop/web:1.9.1
           ports:
             - containerPort: 8080
`,
}

const ARGS_FIELD = 'spec.template.spec.containers[name=web].args'

export const CRASH: Sample = {
  fault: { reason: 'CrashLoopBackOff', family: 'run' },
  evidence: {
    fault: { message: 'back-off 40s restarting failed container=web pod=web-7c9f-a_shop' },
    pod: {
      containers: [
        {
          name: 'web',
          restartCount: 4,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { exitCode: 2, reason: 'Error' } },
        },
        { name: 'sidecar', restartCount: 9, lastState: { terminated: { exitCode: 99 } } },
      ],
    },
    failingPods: { count: 1, names: ['web-7c9f-a'] },
    events: [{ type: 'Warning', reason: 'BackOff', count: 7 }],
    logs: {
      previous: 'starting\nflag provided but not defined: -listen-adress\nusage: web [flags]',
      notes: ['current log: empty'],
    },
  },
  proposal: {
    proposer: 'ollama',
    model: 'qwen2.5:7b',
    promptVersion: 'propose-v1',
    summary: 'Correct the misspelt flag of the web server',
    rootCause: 'The program does not know the flag -listen-adress and exits with its usage.',
    changes: [
      { op: 'set', field: ARGS_FIELD, value: ['-listen-address', ':8080'] },
      { op: 'remove', field: 'spec.template.spec.containers[name=web].command' },
    ],
    grounds: [
      { field: ARGS_FIELD, kind: 'git', evidence: 'It stood in this field until commit 4be91c02 by Alice.' },
    ],
    risk: 'None is known.',
  },
  diff: `--- a/apps/shop/web.yaml
+++ b/apps/shop/web.yaml
@@ -20,4 +20,3 @@
           image: registry.example.test/shop/web:1.9.1
-          command: ["/web"]
-          args: ["-listen-adress", ":8080"]
+          args: ["-listen-address", ":8080"]
`,
}

export function remediationOf(sample: Sample, state: 'Proposed' | 'Applied' = 'Proposed'): Remediation {
  const plan: Plan = {
    source: {
      repository: 'infra',
      url: GITHUB.url,
      baseBranch: 'main',
      revision: '4be91c02'.padEnd(40, '0'),
      root: 'apps/shop',
      files: ['apps/shop/web.yaml'],
    },
    proposal: {
      proposer: 'playbook/image',
      summary: '',
      rootCause: '',
      changes: [],
      grounds: [],
      risk: '',
      ...sample.proposal,
    },
    edits: [{ file: 'apps/shop/web.yaml', line: 20, field: IMAGE_FIELD }],
    diff: sample.diff,
    verdicts: VERDICTS,
    patch: {},
    fixKey: '3f2a90c1d4e5b678',
    branch: 'aiops-operator/3f2a90c1d4e5b678-1',
  }
  const pullRequest = {
    repositoryId: '900',
    id: '7',
    url: 'https://github.example.test/acme/infra/pull/7',
    branch: plan.branch,
    headSha: '1'.repeat(40),
  }
  const approval = {
    repositoryId: '900',
    pullRequest: '7',
    mergeCommit: '8d41f0ab'.padEnd(40, '0'),
    mergedBy: 'alice',
    renderedDigest: '',
  }
  const applied = { result: 'configured', by: 'aiops-operator', changes: [], generation: 4 } as const
  return {
    name: 'web-auto-fix',
    namespace: 'shop',
    uid: 'u',
    resourceVersion: '1',
    target: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
    fault: {
      key: 'k',
      reason: 'ImagePullBackOff',
      family: 'image',
      role: 'main',
      container: 'web',
      field: IMAGE_FIELD,
      message: 'password=canary-unredacted',
      ...sample.fault,
    },
    evidence: sample.evidence,
    approved: state === 'Applied',
    attempt: 1,
    timeline: { detected: DETECTED, proposed: DETECTED + 1400 },
    state:
      state === 'Proposed'
        ? { phase: 'Proposed', plan }
        : { phase: 'Applied', plan, pullRequest, approval, applied, recovered: false },
  }
}

/** Every text of a person's or the cluster's replaced by this one. */
export function everywhere(hostile: string): Remediation {
  const ground = { field: hostile, kind: 'git' as const, evidence: hostile }
  const base = remediationOf({
    fault: {},
    evidence: {
      fault: { message: hostile },
      pod: { containers: [{ name: 'web', lastState: { terminated: { exitCode: 1, reason: hostile } } }] },
      events: [{ type: 'Warning', reason: hostile, count: 1 }],
      logs: { current: hostile, previous: hostile },
    },
    proposal: {
      proposer: hostile,
      model: hostile,
      promptVersion: hostile,
      summary: hostile,
      rootCause: hostile,
      risk: hostile,
      grounds: [ground, ground],
      changes: [{ op: 'set', field: 'spec.x', value: hostile }],
    },
    diff: ` context\n-${hostile}\n+${hostile}\n`,
  })
  if (base.state.phase !== 'Proposed') return base
  const verdicts = [{ gate: 'schema', verdict: 'passed', message: hostile }] as const
  return { ...base, state: { ...base.state, plan: { ...base.state.plan, verdicts } } }
}
