const FORBIDDEN = /[\p{Cc} ~^:?*[\\]|\.\.|@\{|\/\/|\.lock(?:\/|$)|(?:^|\/)\./u

/** True for what `git check-ref-format --branch` accepts (its rules 1 to 10), and short enough for every forge. */
export function isBranchName(name: string): boolean {
  return (
    name !== '' &&
    name.length <= 200 &&
    name !== '@' &&
    name !== 'HEAD' &&
    !FORBIDDEN.test(name) &&
    !/^[-/]|^refs\/|[/.]$/.test(name)
  )
}

/** True when prefix + anything plain is a branch name, and what belongs to the prefix can be told from the rest. */
export function isBranchPrefix(prefix: string): boolean {
  return prefix.length <= 60 && /[/-]$/.test(prefix) && isBranchName(`${prefix}x`)
}
