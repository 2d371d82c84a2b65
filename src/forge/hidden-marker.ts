/**
 * What we hide in pull requests and comments for ourselves: HTML comments that forges do not show. Text from elsewhere
 * never holds one (see text/neutral.ts), and the state is always the last of a body.
 */
const STATE = /<!-- aiops-operator:state (\{[^\n]*\}) -->/g

export function commentMarker(marker: string): string {
  return `<!-- aiops-operator:${marker} -->`
}

export function stateMarker(state: Readonly<Record<string, string | number>>): string {
  // JSON with > escaped cannot end the comment.
  return `<!-- aiops-operator:state ${JSON.stringify(state).replaceAll('>', '\\u003e')} -->`
}

/** The text of the state in a body, or undefined. Two bodies with the same state were made of the same facts. */
export function stateIn(body: string): string | undefined {
  return [...body.matchAll(STATE)].at(-1)?.[1]
}
