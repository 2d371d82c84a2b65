import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startControlPlane } from '#src/embedded/control-plane.ts'
import { serveGit } from '#src/embedded/git-server.ts'
import type { Progress } from '#src/embedded/progress.ts'
import { applyCrds } from './crds.ts'
import { type Gitea, startGitea } from './gitea.ts'

/** What a test process is told of each shared server; plain data. */
export interface SharedServers {
  readonly 'control-plane': { readonly dir: string }
  readonly git: { readonly url: string; readonly root: string }
  readonly gitea: Omit<Gitea, 'stop'>
}

/** The environment variable with the socket of the run's broker. */
export const BROKER = 'AIOPS_TEST_BROKER'

interface Started<Facts> {
  readonly facts: Facts
  stop(): Promise<void>
}

type Starters = {
  readonly [Name in keyof SharedServers]: (progress: Progress) => Promise<Started<SharedServers[Name]>>
}

export const starters: Starters = {
  async 'control-plane'(progress) {
    const controlPlane = await startControlPlane({ progress, nodes: 2 })
    await applyCrds(controlPlane)
    return { facts: { dir: controlPlane.dir }, stop: () => controlPlane.stop() }
  },
  async git() {
    const root = await mkdtemp(join(tmpdir(), 'aiops-operator-git-'))
    const server = await serveGit({ root })
    const stop = async () => {
      await server.close()
      await rm(root, { recursive: true, force: true })
    }
    return { facts: { url: server.url, root }, stop }
  },
  async gitea(progress) {
    const { stop, ...facts } = await startGitea({ progress })
    return { facts, stop }
  },
}

export interface Broker {
  readonly socket: string
  /** Stops whatever was started. */
  stop(): Promise<void>
}

/** Starts each server once, when the first test file asks for it, and tells all where it is. */
export async function startBroker(progress: Progress): Promise<Broker> {
  const folder = await mkdtemp(join(tmpdir(), 'aiops-operator-test-'))
  const socket = join(folder, 'broker')
  const started = new Map<keyof SharedServers, Promise<Started<unknown>>>()
  const start = (name: keyof SharedServers) => {
    const known = started.get(name) ?? starters[name](progress)
    started.set(name, known)
    return known
  }
  const server = createServer(async (incoming, response) => {
    const name = (incoming.url ?? '').slice(1)
    if (!isShared(name)) return void response.writeHead(404).end()
    try {
      response.end(JSON.stringify((await start(name)).facts))
    } catch (error) {
      response.writeHead(500).end(error instanceof Error ? error.message : String(error))
    }
  })
  server.requestTimeout = 0 // the first start may build for minutes
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  return {
    socket,
    async stop() {
      server.close()
      server.closeAllConnections()
      for (const each of await Promise.allSettled(started.values())) {
        if (each.status === 'fulfilled') await each.value.stop()
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function isShared(name: string): name is keyof SharedServers {
  return name in starters
}

export function askBroker<Name extends keyof SharedServers>(
  socketPath: string,
  name: Name,
): Promise<SharedServers[Name]> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, path: `/${name}` }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      response.on('end', () =>
        response.statusCode === 200 ? resolve(JSON.parse(text)) : reject(new Error(`${name}: ${text}`)),
      )
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}
