/** Far above etcd's limit for one object; an endless line would fill our memory. */
const LONGEST_LINE_BYTES = 32 * 1024 * 1024

/** The lines of a byte stream as text, without their ends; empty lines are left out. */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let parts: Uint8Array[] = []
  let pending = 0
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      const line = Buffer.concat([...parts, chunk.subarray(from, end)]).toString('utf8')
      parts = []
      pending = 0
      from = end + 1
      if (line !== '') yield line
    }
    if (from < chunk.length) {
      parts.push(chunk.subarray(from))
      pending += chunk.length - from
      if (pending > LONGEST_LINE_BYTES)
        throw new RangeError(`a line is longer than ${LONGEST_LINE_BYTES} bytes`)
    }
  }
  const last = Buffer.concat(parts).toString('utf8')
  if (last !== '') yield last
}
