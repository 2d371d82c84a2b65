import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { Config } from '#src/config/config.ts'
import { loadConfig } from '#src/config/load-config.ts'
import { freePort } from '#src/embedded/free-port.ts'
import { SHOP } from './shop.ts'
import type { Stage } from './stage.ts'

/** The demo's configuration as the file that `run --config` takes, read the way that `run` reads it. */
export async function writeOperatorConfig(
  stage: Stage,
): Promise<{ readonly path: string; readonly config: Config }> {
  const path = join(stage.dir, 'operator.yaml')
  const settings = {
    clusterName: 'demo',
    kubeconfig: stage.operatorKubeconfig,
    stateDir: join(stage.dir, 'state'),
    // Short, because somebody is watching; the defaults are calmer.
    settle: '2s',
    settleRecovered: '2s',
    pollInterval: '1s',
    recoveryTimeout: '2m',
    proposers: ['playbooks'],
    http: { listen: `127.0.0.1:${await freePort()}` },
    renderer: { kustomize: stage.controlPlane.kubectl },
    repositories: [
      {
        name: 'infra',
        url: stage.repositoryUrl,
        forge: { type: 'git', allowUnreviewed: true },
        paths: [SHOP.folder],
        namespaces: [SHOP.namespace],
      },
    ],
  }
  await writeFile(
    path,
    `# Configuration of the demo's operator; docs/configuration.md tells each key.\n${stringify(settings)}`,
  )
  return { path, config: await loadConfig({ path }) }
}
