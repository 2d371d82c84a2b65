import { visible } from './visible.ts'

/** Zero width space: keeps a forge from reading a word as a reference, and a person does not see it. */
const BREAK = '\u200b'

/**
 * What forges, their bots and CI systems act upon in texts and commit messages, with the place of the break. Sources:
 * GitHub "Autolinked references and URLs", "Linking a pull request to an issue", "Skipping workflow runs"; Gitea's
 * reference patterns (`!1`); chat commands of Prow, GitLab and others at the start of a line.
 */
const ACTIVE: readonly (readonly [RegExp, string])[] = [
  [/(?<![A-Za-z0-9_])@(?=[A-Za-z0-9])/g, `@${BREAK}`],
  [/#(?=\d)/g, `#${BREAK}`],
  [/!(?=\d)/g, `!${BREAK}`],
  [/\bgh-(?=\d)/gi, `$&${BREAK}`],
  [/\/(?:issues|pulls?|discussions|commits?|merge_requests)\/(?=[0-9a-f])/gi, `$&${BREAK}`],
  [/<(?=!--)/g, `<${BREAK}`],
  [/--(?=!?>)/g, `--${BREAK}`],
  [/^([ \t]*)\/(?=[a-z][a-z-]*(?:\s|$))/gim, `$1/${BREAK}`],
  [/\[(?=(?:skip|no|ci|actions)[ -](?:ci|skip|actions)\])/gi, `[${BREAK}`],
  [/skip-(?=checks)/gi, `$&${BREAK}`],
  [/\*\*\*(?=no_ci)/gi, `***${BREAK}`],
  // Our own markers and trailers: quoted text must not make a commit carry somebody's fix.
  [/aiops-(?=operator(?::|-fix|-remediation))/gi, `$&${BREAK}`],
  [/-(?=by:)/gi, `-${BREAK}`],
]

/**
 * Text from the cluster, a repository or a model that says nothing to a forge any more: no mention, no link to an issue
 * (and so no closing keyword: those need one), no command, no comment, no trailer. What was invisible is visible.
 */
export function neutral(text: string): string {
  return ACTIVE.reduce((changed, [active, broken]) => changed.replace(active, broken), visible(text))
}
