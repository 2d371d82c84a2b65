import { createHash } from 'node:crypto'
import { connect, createServer, type Server } from 'node:net'

/**
 * Runs `work` while no other process on this machine runs it for the same `subject`.
 *
 * The lock is a listening socket in Linux's abstract namespace: the kernel closes it when its process ends, however
 * it ends, so a crash leaves nothing to clean up and no stale file to judge. Those who wait hold a connection to it
 * and wake when it closes. Other systems have no such namespace; there `work` runs unguarded, which only wastes
 * effort, as long as `work` puts its result in place by an atomic rename.
 */
export async function withProcessLock<T>(
  subject: string,
  onWait: () => void,
  work: () => Promise<T>,
): Promise<T> {
  if (process.platform !== 'linux') return work()
  const address = `\0aiops-operator-${createHash('sha256').update(subject).digest('hex').slice(0, 32)}`
  let told = false
  for (;;) {
    const held = await tryListen(address)
    if (held) {
      try {
        return await work()
      } finally {
        held.release()
      }
    }
    if (!told) onWait()
    told = true
    await untilReleased(address)
  }
}

interface HeldLock {
  release(): void
}

function tryListen(address: string): Promise<HeldLock | undefined> {
  return new Promise((resolve, reject) => {
    const waiting = new Set<import('node:net').Socket>()
    const server: Server = createServer((socket) => {
      waiting.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => waiting.delete(socket))
    })
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    )
    server.listen(address, () => {
      server.unref()
      resolve({
        release() {
          server.close()
          for (const socket of waiting) socket.destroy()
        },
      })
    })
  })
}

function untilReleased(address: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(address)
    socket.on('error', () => resolve())
    socket.on('close', () => resolve())
    socket.resume()
  })
}
