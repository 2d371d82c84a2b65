import type { Remediation } from '#src/domain/remediation.ts'

/** A Remediation of Deployment shop/web whose image cannot be pulled, with what a test cares about on top. */
export function aRemediation(about: Partial<Remediation> = {}): Remediation {
  return {
    name: 'web-auto-fix',
    namespace: 'shop',
    uid: 'u-1',
    resourceVersion: '1',
    target: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
    fault: {
      key: 'k',
      reason: 'ErrImagePull',
      family: 'image',
      role: 'main',
      container: 'web',
      field: 'spec.template.spec.containers[name=web].image',
      message: 'not found',
    },
    evidence: {},
    approved: false,
    attempt: 1,
    timeline: { detected: Date.UTC(2026, 0, 1) },
    state: { phase: 'Diagnosing' },
    ...about,
  }
}
