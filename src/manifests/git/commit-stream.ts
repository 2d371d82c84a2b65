import type { CommitIdentity } from './commit-identity.ts'

export interface NewCommit {
  readonly identity: CommitIdentity
  readonly parent: string
  readonly message: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly files: readonly { readonly path: string; readonly mode: string; readonly content: Uint8Array }[]
}

/** A ref that exists for `git fast-import` alone, and is gone before it writes any. */
const REF = 'refs/aiops-operator/new'

/**
 * One commit as the input of `git fast-import --done`, which answers with its id and leaves no ref behind. The same
 * commit always makes the same stream, and so the same id.
 */
export function commitStream({ identity, parent, message, at, files }: NewCommit): Buffer {
  const who = `${identity.name} <${identity.email}> ${Math.floor(at / 1000)} +0000`
  const text = message.endsWith('\n') ? message : `${message}\n`
  const head = `commit ${REF}\nmark :1\nauthor ${who}\ncommitter ${who}\n`
  const parts = [Buffer.from(head), data(Buffer.from(text)), Buffer.from(`from ${parent}\n`)]
  for (const { path, mode, content } of files) {
    parts.push(Buffer.from(`M ${mode} inline ${quoted(path)}\n`), data(content))
  }
  const nothing = '0'.repeat(parent.length)
  parts.push(Buffer.from(`\nget-mark :1\nreset ${REF}\nfrom ${nothing}\n\ndone\n`))
  return Buffer.concat(parts)
}

function data(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from('\n')])
}

/** As git quotes paths: a line feed or a quote in one must not end it. */
function quoted(path: string): string {
  const escaped = path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
  return `"${escaped}"`
}
