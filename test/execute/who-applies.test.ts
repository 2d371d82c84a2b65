import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EngineHoldReason, SourceEngine } from '#src/domain/remediation.ts'
import { type ApplierFacts, whoApplies } from '#src/execute/who-applies.ts'

const free: ApplierFacts = {
  repository: { name: 'infra', mode: 'apply', namespaces: ['shop'] },
  namespace: 'shop',
  claim: undefined,
  engine: undefined,
  trouble: undefined,
}
const flux = (...holds: readonly EngineHoldReason[]): SourceEngine => ({
  object: 'Kustomization flux-system/apps',
  confirmed: true,
  why: 'it lists it',
  holds: holds.map((reason) => ({ reason, sentence: `it is held by ${reason}` })),
})
const claim = 'it carries the label kustomize.toolkit.fluxcd.io/name'
const owned: ApplierFacts = { ...free, claim, engine: flux() }
const copied: SourceEngine = { ...flux(), object: 'unknown', confirmed: false, why: 'it was copied there' }

/** `us`, or `engine asked REASON`, `engine left REASON`, `nobody REASON`. */
const table: Readonly<Record<string, readonly [ApplierFacts, string]>> = {
  'nobody owns it, and the namespace is granted: we do': [free, 'us'],
  'nobody owns it in mode propose: somebody else does': [
    { ...free, repository: { ...free.repository, mode: 'propose' } },
    'nobody ModePropose',
  ],
  'nobody owns it in a namespace that is not granted: nobody does': [
    { ...free, namespace: 'bank' },
    'nobody NamespaceNotGranted',
  ],
  'a confirmed engine does, and is asked': [owned, 'engine asked EngineOwned'],
  'a confirmed engine does in every mode and namespace': [
    { ...owned, namespace: 'bank', repository: { ...free.repository, mode: 'propose' } },
    'engine asked EngineOwned',
  ],
  'a claim that nothing confirms: nobody does': [{ ...free, claim }, 'nobody EngineUnknown'],
  'a claim that was copied: nobody does, whatever the mode': [
    { ...free, claim, engine: copied, repository: { ...free.repository, mode: 'propose' } },
    'nobody EngineUnknown',
  ],
  'a suspended engine is waited for, and not asked': [
    { ...owned, engine: flux('Suspended') },
    'engine left Suspended',
  ],
  'an engine that follows a tag is not asked': [
    { ...owned, engine: flux('PinnedRevision') },
    'engine left PinnedRevision',
  ],
  'an engine that is being deleted is not asked': [
    { ...owned, engine: flux('SyncWindow', 'Deleting') },
    'engine left Deleting',
  ],
  'an engine that fails is asked to look at the merge, which may be its cure': [
    { ...owned, trouble: 'BuildFailed: kustomization path not found' },
    'engine asked EngineFailing',
  ],
  'outside its window an engine may look and not act': [
    { ...owned, engine: flux('SyncWindow') },
    'engine asked SyncWindow',
  ],
  'without auto-sync it looks, and a person has to sync': [
    { ...owned, engine: flux('AutoSyncOff', 'SyncWindow') },
    'engine asked AutoSyncOff',
  ],
}

for (const [claim, [facts, expected]] of Object.entries(table)) {
  test(claim, () => {
    const verdict = whoApplies(facts)
    const told =
      verdict.who === 'us'
        ? 'us'
        : verdict.who === 'nobody'
          ? `nobody ${verdict.hold.reason}`
          : `engine ${verdict.ask ? 'asked' : 'left'} ${verdict.hold.reason}`
    assert.equal(told, expected)
  })
}

test('the reason says who fails with which words, and who has to press what', () => {
  const message = (facts: ApplierFacts) => {
    const verdict = whoApplies(facts)
    return verdict.who === 'us' ? '' : verdict.hold.message
  }
  assert.match(
    message({ ...owned, trouble: 'BuildFailed: no such path' }),
    /apps .* fails: BuildFailed: no such path/,
  )
  assert.match(message({ ...owned, engine: flux('AutoSyncOff') }), /apps has to press its Sync button/)
  assert.match(message({ ...free, claim, engine: copied }), /label .*; it was copied there/)
})
