import { posix } from 'node:path'

/** True for a path, relative to the chart, that its `.helmignore` leaves out. */
export type HelmIgnore = (path: string) => boolean

/**
 * The rules of a `.helmignore` as helm reads them: globs without `**`, one per line. A file with negations is read as one
 * that ignores nothing: helm applies it itself, and we only look at a few files more.
 */
export function helmIgnore(text: string): HelmIgnore {
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  const patterns = lines.filter((line) => line !== '' && !line.startsWith('#'))
  if (patterns.some((line) => line.startsWith('!') || line.includes('**') || line.length > 200)) {
    return () => false
  }
  const rules = patterns.map(ruleOf)
  return (path) => {
    // A folder that is left out takes everything below with it.
    const steps = path.split('/')
    return steps.some((_, i) => {
      const here = steps.slice(0, i + 1).join('/')
      return rules.some((rule) => rule(here, i < steps.length - 1))
    })
  }
}

type Rule = (path: string, isFolder: boolean) => boolean

function ruleOf(line: string): Rule {
  const onlyFolders = line.endsWith('/')
  const bare = onlyFolders ? line.slice(0, -1) : line
  const whole = bare.includes('/')
  const glob = globOf(bare.startsWith('/') ? bare.slice(1) : bare)
  return (path, isFolder) => (isFolder || !onlyFolders) && glob.test(whole ? path : posix.basename(path))
}

/** Go's `filepath.Match`: `*` and `?` stay within one segment. Classes are taken as any one character. */
function globOf(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/\[[^\]]*\]/g, '?')
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll(/\*+/g, '[^/]*')
    .replaceAll('?', '[^/]')
  return new RegExp(`^${source}$`)
}
