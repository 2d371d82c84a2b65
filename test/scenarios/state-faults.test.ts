import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Reason } from '#src/domain/fault.ts'
import { deployment, GOOD } from './files.ts'
import { openScene } from './scene.ts'

const service = (app: string, targetPort = 8080) => `apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: ${app} # as the Deployment labels its pods
  ports:
    - name: http
      port: 80
      targetPort: ${targetPort}
`

const ingress = (port: number) => `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
spec:
  rules:
    - host: shop.example
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: web
                port: { number: ${port} } # the Service's port
`

const autoscaler = (name: string) => `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web
spec:
  minReplicas: 2
  maxReplicas: 4
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: ${name} # what it scales
  metrics:
    - type: Resource
      resource: { name: cpu, target: { type: Utilization, averageUtilization: 80 } }
`

const budget = (minAvailable: number) => `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: web
spec:
  minAvailable: ${minAvailable} # of two
  selector:
    matchLabels: { app: web }
`

const cronJob = (schedule: string) => `apiVersion: batch/v1
kind: CronJob
metadata:
  name: report
spec:
  schedule: "${schedule}" # nightly
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: report
              image: registry.example/shop/report:1.0.0
`

const quota = `apiVersion: v1
kind: ResourceQuota
metadata:
  name: shop
spec:
  hard: { requests.memory: 1Gi }
`

const requesting = (memory: string) =>
  deployment(GOOD, { main: `        resources: { requests: { memory: ${memory} } }\n` })
const selecting = (zone: string) =>
  deployment(GOOD, { pod: `      nodeSelector: { kubernetes.io/os: ${zone} }\n` })

interface Breakage {
  readonly reason: Reason
  readonly target: string
  readonly before: Readonly<Record<string, string>>
  readonly after: Readonly<Record<string, string>>
}

const WEB = { 'web.yaml': deployment(GOOD) }

const breakages: Readonly<Record<string, Breakage>> = {
  'a Service whose selector is misspelt': {
    reason: 'ServiceWithoutPods',
    target: 'Service web',
    before: { ...WEB, 'service.yaml': service('web') },
    after: { 'service.yaml': service('wbe') },
  },
  'a Service whose target port no container has': {
    reason: 'ServicePortUnknown',
    target: 'Service web',
    before: { ...WEB, 'service.yaml': service('web') },
    after: { 'service.yaml': service('web', 8088) },
  },
  'an Ingress that leads to a port its Service lacks': {
    reason: 'IngressPortMissing',
    target: 'Ingress shop',
    before: { ...WEB, 'service.yaml': service('web'), 'ingress.yaml': ingress(80) },
    after: { 'ingress.yaml': ingress(8080) },
  },
  'an autoscaler of a Deployment that does not exist': {
    reason: 'ScaleTargetMissing',
    target: 'HorizontalPodAutoscaler web',
    before: { ...WEB, 'autoscaler.yaml': autoscaler('web') },
    after: { 'autoscaler.yaml': autoscaler('wbe') },
  },
  'a disruption budget that never lets a node be drained': {
    reason: 'DisruptionNeverAllowed',
    target: 'PodDisruptionBudget web',
    before: { ...WEB, 'budget.yaml': budget(1) },
    after: { 'budget.yaml': budget(2) },
  },
  'a CronJob for a day that never comes': {
    reason: 'ScheduleNeverStarts',
    target: 'CronJob report',
    before: { ...WEB, 'report.yaml': cronJob('0 3 28 2 *') },
    after: { 'report.yaml': cronJob('0 3 31 2 *') },
  },
  'a node selector that fits no node': {
    reason: 'Unschedulable',
    target: 'Deployment web',
    before: { 'web.yaml': selecting('linux') },
    after: { 'web.yaml': selecting('linus') },
  },
  'requests that the quota of the namespace does not allow': {
    reason: 'QuotaExceeded',
    target: 'Deployment web',
    before: { 'web.yaml': requesting('64Mi'), 'quota.yaml': quota },
    after: { 'web.yaml': requesting('64Gi') },
  },
}

describe('found by looking at a namespace as a whole, and repaired by a pull request', {
  concurrency: 3,
}, () => {
  for (const [claim, { reason, target, before, after }] of Object.entries(breakages)) {
    it(claim, async (t) => {
      const scene = await openScene(t, { forge: 'git', files: before })
      await scene.rolledOut()
      await scene.start()
      await scene.commitAndApply(after, 'Change it')
      const review = await scene.inPhase('ReadyForReview')
      assert.equal(`${review.target.kind} ${review.target.name}`, target)
      assert.equal(review.fault.reason, reason)
      await scene.merge(review.state.plan.branch)
      await scene.recovered()
      for (const [file, text] of Object.entries(before)) assert.equal(await scene.file(file), text.trimEnd())
    })
  }
})
