/** Where a server listens. Host undefined: every interface. Port 0: a free one. */
export interface ListenAddress {
  readonly host: string | undefined
  readonly port: number
}

/** Reads `127.0.0.1:8080`, `[::1]:8080`, `localhost:0` and `:8080`; undefined for anything else. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const [, bracketed, name, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]*)):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (digits === undefined || port > 65_535) return undefined
  return { host: bracketed ?? (name === '' ? undefined : name), port }
}
