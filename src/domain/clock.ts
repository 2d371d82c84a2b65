/** Time as an argument. `now` is wall-clock milliseconds since the epoch; `monotonic` never goes back. */
export interface Clock {
  now(): number
  monotonic(): number
}

/** RFC 3339 in UTC with seconds, as Kubernetes writes metav1.Time. */
export function rfc3339(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`
}
