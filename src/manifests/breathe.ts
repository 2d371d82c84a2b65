/** Lets whatever else waits have its turn: leases, webhooks and probes do not wait for a thousand files. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
