import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import type { Head, PullRequest } from '#src/forge/forge.ts'
import { openPullRequests } from '#src/forge/open-forge.ts'
import { openManifests } from '#src/manifests/open-manifests.ts'
import type { ForgeRig, MergeStyle } from '../contract.ts'
import { recordingLog } from '../recording-log.ts'
import { PLAIN_GIT } from '../text/samples.ts'
import { openWorkTree, type WorkTree } from '../work-tree.ts'

export const OPERATOR = { name: 'aiops-operator', email: 'aiops-operator@cluster.test' }
export const ALICE = { name: 'Alice Reviewer', email: 'alice@example.test' }
const IDENTITY = `${OPERATOR.name} <${OPERATOR.email}>`

/** What the tests of plain Git need beside the contract's rig. */
export interface GitRig extends ForgeRig {
  readonly alice: WorkTree
  readonly operator: WorkTree
}

/** `url` is an empty repository on a real Git server. */
export async function openGitRig(url: string): Promise<GitRig> {
  const operator = await openWorkTree(url, OPERATOR)
  const alice = await openWorkTree(url, ALICE)
  after(() => Promise.all([operator.remove(), alice.remove()]))
  await alice.commit('base-0.yaml', 'kind: List\n', 'Start')
  await alice.git('push', '--quiet', 'origin', 'main')
  const forgeOf = async (at: string) => {
    const spec = { ...PLAIN_GIT, url: at }
    const stateFolder = await mkdtemp(join(tmpdir(), 'aiops-operator-forge-state-'))
    after(() => rm(stateFolder, { recursive: true, force: true }))
    const store = await openManifests(spec, { stateFolder, inherited: process.env, identity: OPERATOR })
    return openPullRequests(spec, undefined, { store, identity: IDENTITY, log: recordingLog().log })
  }
  let serial = 0
  return {
    alice,
    operator,
    forge: await forgeOf(url),
    unreachable: await forgeOf('http://127.0.0.1:9/infra.git'),
    person: /^Alice Reviewer <alice@example\.test>$/,
    fixedFile,
    async planFix() {
      await operator.checkOut('main')
      serial += 1
      const key = serial.toString(16).padStart(16, '0')
      const base = await operator.git('rev-parse', 'HEAD')
      return { branch: `aiops-operator/${key}-1`, sha: undefined, base, fix: `${key}/1` }
    },
    async pushFix(head) {
      await operator.git('checkout', '--quiet', '-B', head.branch, head.base)
      const sha = await operator.commit(fixedFile(head), 'fixed: true\n', fixMessage(head))
      await operator.git('push', '--quiet', 'origin', head.branch)
      return { ...head, sha }
    },
    async pushOnto(branch) {
      await alice.checkOut(branch)
      const sha = await alice.commit('edited.yaml', 'edited: true\n', 'Better')
      await alice.git('push', '--quiet', 'origin', branch)
      return sha
    },
    async moveBase() {
      await alice.checkOut('main')
      serial += 1
      await alice.commit(`base-${serial}.yaml`, 'kind: List\n', 'Something else')
      await alice.git('push', '--quiet', 'origin', 'main')
    },
    merge: (pull, style) => mergeIn(alice, pull, style),
    mergeAsOperator: (pull) => mergeIn(operator, pull, 'merge'),
    async close({ headBranch }) {
      await alice.git('push', '--quiet', 'origin', '--delete', headBranch)
    },
    async reopen({ headBranch, headSha }) {
      await operator.git('push', '--quiet', 'origin', `${headSha}:refs/heads/${headBranch}`)
    },
    async deleteBranch(branch) {
      await alice.git('push', '--quiet', 'origin', '--delete', branch)
    },
    async plant({ branch }) {
      await alice.checkOut('main')
      await alice.git('checkout', '--quiet', '-B', branch)
      await alice.commit('planted.yaml', 'planted: true\n', 'Planted')
      await alice.git('push', '--quiet', 'origin', branch)
    },
    base: () => commitsOfBase(alice),
  }
}

function fixedFile({ branch }: Head): string {
  return `${branch.replaceAll('/', '-')}.yaml`
}

export function fixMessage(head: Head): string {
  return `shop/web: back to the last image that ran\n\nWhy it is right.\n\nAiops-Operator-Fix: ${head.fix}\n`
}

async function mergeIn(tree: WorkTree, pull: PullRequest, style: MergeStyle): Promise<void> {
  await tree.checkOut(pull.headBranch)
  if (style === 'rebase') await tree.git('rebase', '--quiet', 'origin/main')
  await tree.git('checkout', '--quiet', '-B', 'main', 'origin/main')
  if (style === 'squash') {
    await tree.git('merge', '--quiet', '--squash', pull.headBranch)
    // No message given: git takes the one it prepared, which quotes ours.
    await tree.git('-c', 'core.editor=true', 'commit', '--quiet')
  } else await tree.git('merge', '--quiet', '--no-edit', pull.headBranch)
  await tree.git('push', '--quiet', 'origin', 'main')
}

export async function commitsOfBase(tree: WorkTree): ReturnType<ForgeRig['base']> {
  await tree.checkOut('main')
  const text = await tree.git('log', '--first-parent', '-m', '--name-only', '--format=%x01%H')
  return text
    .split('\x01')
    .map((entry) => entry.split('\n').filter((line) => line !== ''))
    .filter((lines) => lines.length > 0)
    .map(([sha = '', ...files]) => ({ sha, files }))
}
