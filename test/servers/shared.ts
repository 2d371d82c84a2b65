import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { after } from 'node:test'
import { promisify } from 'node:util'
import { type ControlPlaneAccess, openControlPlane } from '#src/embedded/control-plane-access.ts'
import { askBroker, BROKER, type SharedServers, starters } from './broker.ts'
import type { Gitea } from './gitea.ts'

/**
 * The servers that all test files of a run share. Call them once, at the top level of a test file:
 *
 *   const cluster = await sharedControlPlane()
 *
 * Under `npm test` the run starts each once; a test file that runs alone starts its own and stops it at its end.
 * Keep to namespaces (`freshNamespace`) and repositories of your own. A test that restarts the API server, or wants
 * the request log of a Git server, starts its own.
 */
export async function sharedControlPlane(): Promise<ControlPlaneAccess> {
  return openControlPlane((await shared('control-plane')).dir)
}

export interface SharedGitServer {
  readonly url: string
  readonly root: string
  /** Makes an empty bare repository with the branch `main`; gives its URL. */
  createRepository(name: string): Promise<string>
}

export async function sharedGitServer(): Promise<SharedGitServer> {
  const { url, root } = await shared('git')
  return {
    url,
    root,
    async createRepository(name) {
      const folder = join(root, `${name}.git`)
      await promisify(execFile)('git', ['init', '--quiet', '--bare', '--initial-branch=main', folder])
      return `${url}/${name}.git`
    },
  }
}

export async function sharedGitea(): Promise<Omit<Gitea, 'stop'>> {
  return shared('gitea')
}

async function shared<Name extends keyof SharedServers>(name: Name): Promise<SharedServers[Name]> {
  const socket = process.env[BROKER]
  if (socket) return askBroker(socket, name)
  const started = await starters[name]((line) => process.stderr.write(`${line}\n`))
  after(() => started.stop())
  return started.facts
}
