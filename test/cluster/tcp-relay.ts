import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { after } from 'node:test'

export interface TcpRelay {
  readonly port: number
  /** Drops every connection and refuses new ones, as a dead API server does. */
  cut(): Promise<void>
  restore(): Promise<void>
}

/** A wire to a real server that a test can cut. */
export async function tcpRelay(target: URL): Promise<TcpRelay> {
  const open = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname)
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket)
      socket.on('error', () => other.destroy()).on('close', () => open.delete(socket) && other.destroy())
      socket.pipe(other)
    }
  })
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  await listen(0)
  const { port } = server.address() as AddressInfo
  const cut = async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    for (const socket of open) socket.destroy()
    await closed
  }
  after(async () => {
    if (server.listening) await cut()
  })
  return { port, cut, restore: () => listen(port) }
}
