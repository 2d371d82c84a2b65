import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Manifests } from '#src/manifests/manifests.ts'
import { openManifests } from '#src/manifests/open-manifests.ts'
import { git, pushAll } from './bench-git.ts'
import type { Place } from './place.ts'
import type { Stopwatch } from './stopwatch.ts'
import { ANOTHER, build, FIELD, ONE, overlayTarget, twoBuilds } from './targets.ts'

const NEW_COMMITS = 5
const AT_ONCE = 20

/** The operator's way: a bare, partial clone, and everything read from it. */
export async function cloneSide(place: Place, { time }: Stopwatch): Promise<void> {
  const floor = join(place.folder, 'floor')
  await time('floor: clone and build', async () => {
    await git(place.folder, 'clone', '--quiet', place.url, floor)
    await build(place, 0)
  })
  await rm(floor, { recursive: true })
  const manifests = await opened(place)
  const tip = await time('cold: fetch and trace', async () => {
    const fetched = await manifests.fetch()
    await manifests.trace(overlayTarget(0, ONE), fetched)
    return fetched
  })
  for (let app = 1; app <= place.repeats; app++) {
    await time('floor: build', () => build(place, app))
    await time('trace, first of its root', () => manifests.trace(overlayTarget(app, ONE), tip))
    const target = overlayTarget(app, ANOTHER)
    const traced = await time('warm trace', () => manifests.trace(target, tip))
    await time('floor: two builds', () => twoBuilds(place, app))
    await time('edit and proof', () => manifests.edit(traced, target, [FIELD]))
    const unseen = overlayTarget(app + place.repeats, ONE)
    await time('trace, edit and proof of an unseen root', async () => {
      await manifests.edit(await manifests.trace(unseen, tip), unseen, [FIELD])
    })
  }
  await atNewCommits(place, manifests, time)
}

async function atNewCommits(place: Place, manifests: Manifests, time: Stopwatch['time']): Promise<void> {
  const folder = join(place.tree, 'apps/app99/prod')
  const commit = async (file: string, value: number) => {
    await writeFile(join(folder, file), configMap(value))
    await pushAll(place.tree)
    return manifests.fetch()
  }
  for (let i = 1; i <= NEW_COMMITS; i++) {
    const edited = await commit('app99-prod-1.yaml', i)
    await time('trace after a commit that changed a file', () =>
      manifests.trace(overlayTarget(1, ONE), edited),
    )
    const grown = await commit(`more-${i}.yaml`, i)
    await time('trace after a commit that added a file', () => manifests.trace(overlayTarget(1, ONE), grown))
  }
  const tip = await commit('app99-prod-1.yaml', 0)
  const targets = Array.from({ length: AT_ONCE }, (_each, i) =>
    overlayTarget(1 + (i % place.repeats), ANOTHER),
  )
  await time(`${AT_ONCE} traces at once after a commit`, () =>
    Promise.all(targets.map((target) => manifests.trace(target, tip))),
  )
}

function opened({ folder, url, kustomize, helm }: Place): Promise<Manifests> {
  return openManifests(
    {
      name: 'infra',
      url,
      branch: 'main',
      forge: { type: 'git', allowUnreviewed: true },
      paths: [{ path: 'apps' }, { path: 'releases' }],
      namespaces: [],
      mode: 'propose',
      pullRequest: { branchPrefix: 'aiops-operator/', labels: [], includeLogs: false },
    },
    {
      stateFolder: join(folder, 'state'),
      inherited: process.env,
      identity: { name: 'bench', email: 'bench@example.invalid' },
      renderer: kustomize,
      helm,
    },
  )
}

function configMap(value: number): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: app99-prod-1\ndata: {a: "${value}"}\n`
}
