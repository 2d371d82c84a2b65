/**
 * Makes `dist/` for the published package: Node refuses to strip types below node_modules, so what is published is
 * JavaScript. Mirrors `src/` file by file; `#src/…` and `.ts` specifiers become relative `.js` ones.
 */
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join, posix, relative } from 'node:path'

const root = join(import.meta.dirname, '..')
const source = join(root, 'src')
const target = join(root, 'dist')

await rm(target, { recursive: true, force: true })
for (const entry of await readdir(source, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || entry.name === 'README.md') continue
  const file = relative(source, join(entry.parentPath, entry.name))
  const destination = join(target, file.replace(/\.ts$/, '.js'))
  await mkdir(dirname(destination), { recursive: true })
  if (!file.endsWith('.ts')) {
    await cp(join(source, file), destination)
    continue
  }
  const text = stripTypeScriptTypes(await readFile(join(source, file), 'utf8'))
  await writeFile(destination, text.replace(/(['"])(#src\/|\.\/)([^'"\n]+)\.ts\1/g, rewrite(file)))
}

/** `#src/room/x.ts` as seen from `file` → `../room/x.js`. */
function rewrite(file: string) {
  return (_: string, quote: string, prefix: string, path: string) => {
    if (prefix === './') return `${quote}./${path}.js${quote}`
    const from = posix.relative(posix.dirname(file), path)
    return `${quote}${from.startsWith('.') ? from : `./${from}`}.js${quote}`
  }
}
