import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nearestName } from '#src/propose/nearest-name.ts'

const slips: Record<string, [wrong: string, existing: string]> = {
  'a letter too few': ['web-setings', 'web-settings'],
  'a letter too many': ['web-confiig', 'web-config'],
  'two letters swapped in a short word': ['wbe-config', 'web-config'],
  'a wrong letter in a long word': ['web-settinks', 'web-settings'],
  'a dash left out': ['websettings', 'web-settings'],
  'an underscore for a dash': ['database_url', 'database-url'],
  capitals: ['DATABASE_URL', 'database_url'],
  'a letter too few in a word of three': ['we-config', 'web-config'],
}

const different: Record<string, [wrong: string, existing: string]> = {
  'two regions': ['eu-config', 'us-config'],
  'two environments': ['app-dev', 'app-qa'],
  'two numbers': ['config-2', 'config-3'],
  'two versions': ['config-v2', 'config-v10'],
  'two short words with one letter exchanged': ['api-config', 'app-config'],
  'two words of four letters': ['mail-config', 'main-config'],
  'a word more': ['config', 'web-config'],
  'the same words in another order': ['config-web', 'web-config'],
}

describe('a slip is', () => {
  for (const [sentence, [wrong, existing]] of Object.entries(slips)) {
    it(sentence, () =>
      assert.deepEqual(nearestName(wrong, [existing, 'unrelated']), { kind: 'found', name: existing }),
    )
  }
})

describe('no slip, but two names, are', () => {
  for (const [sentence, [wrong, existing]] of Object.entries(different)) {
    it(sentence, () => assert.deepEqual(nearestName(wrong, [existing]), { kind: 'none' }))
  }

  it("a word of the workload's own name and one that is near it", () => {
    assert.equal(nearestName('order-config', ['older-config'], 'order-shop').kind, 'none')
    assert.equal(nearestName('order-config', ['older-config'], 'web-shop').kind, 'found')
  })
})

it('two equally near names are ambiguous, and the wrong name itself is none', () => {
  assert.deepEqual(nearestName('settin', ['setting', 'settings', 'settin', 'ettin']), {
    kind: 'ambiguous',
    names: ['ettin', 'setting'],
  })
})
