/** RFC 3339 in UTC with seconds, as Kubernetes writes metav1.Time. Input in milliseconds since the epoch. */
export function rfc3339(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`
}

/** Milliseconds since the epoch of an RFC 3339 time; undefined for anything else. */
export function milliseconds(text: unknown): number | undefined {
  const parsed = typeof text === 'string' ? Date.parse(text) : Number.NaN
  return Number.isNaN(parsed) ? undefined : parsed
}
