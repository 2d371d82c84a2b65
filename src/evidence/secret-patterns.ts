import { isSecretName } from './secret-names.ts'

/** What stands where a secret stood. No rule below finds anything in it. */
export const REDACTED = '[redacted]'

/**
 * What the scanner's rules lack. Every quantifier is bounded or ends at a line or text end, so the time grows with the
 * length of the text alone; the redactor bounds that length.
 */
export function redactPatterns(text: string): string {
  const steps = [privateKeys, userInfo, headers, tokens, namedEntries, blockScalars, assignments, flags]
  return steps.reduce((value, step) => step(value), text)
}

const KEY_BLOCK =
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----|$)/g
const KEY_END = /^.*-----END [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----/m
/** Three lines and more of nothing but Base64: the middle of a key whose first line was cut off. */
const BASE64_LINES = /^(?:[ \t]*[A-Za-z0-9+/]{40,}={0,2}[ \t]*(?:\n|$)){3,}/gm

function privateKeys(text: string): string {
  return withoutTailsOfKeys(text.replace(KEY_BLOCK, REDACTED)).replace(BASE64_LINES, `${REDACTED}\n`)
}

/** A log's window can begin inside a key: the lines before its end line that look like Base64 belong to it. */
function withoutTailsOfKeys(text: string): string {
  if (!KEY_END.test(text)) return text
  const kept: string[] = []
  for (const line of text.split('\n')) {
    if (KEY_END.test(line)) {
      while (kept.length > 0 && /[A-Za-z0-9+/=]{16}|^\s*$/.test(kept.at(-1) ?? '')) kept.pop()
      kept.push(line.replace(KEY_END, REDACTED))
    } else kept.push(line)
  }
  return kept.join('\n')
}

const USER_INFO = /([A-Za-z][A-Za-z0-9+.-]{0,20}:\/\/)[^\s/?#"'<>\\]{1,512}@/g
/** A password with a slash in it; what is only a port is left alone. */
const USER_INFO_WITH_SLASH = /([A-Za-z][A-Za-z0-9+.-]{0,20}:\/\/)[^\s/:@"'<>]{0,256}:([^\s"'<>]{1,512})@/g

function userInfo(text: string): string {
  return text
    .replace(USER_INFO, `$1${REDACTED}@`)
    .replace(USER_INFO_WITH_SLASH, (whole, scheme: string, rest: string) =>
      /^\d{1,5}(?:\/|$)/.test(rest) ? whole : `${scheme}${REDACTED}@`,
    )
}

const HEADER =
  /\b((?:proxy-)?authorization|(?:set-)?cookie)(\\{0,3}["']?[ \t]{0,4}[:=][ \t]{0,4}\\{0,3}["']?)([^\n"'\\]{1,4096})/gi
const SCHEME = /\b(Bearer|Basic|Negotiate|Digest)([ \t]{1,4})([A-Za-z0-9._~+/=-]{8,4096})/gi

function headers(text: string): string {
  return text
    .replace(HEADER, (_, name: string, separator: string) => `${name}${separator}${REDACTED}`)
    .replace(SCHEME, (whole, scheme: string, space: string, value: string) =>
      /^[a-z]{1,24}$/i.test(value) && value === value.toLowerCase() ? whole : `${scheme}${space}${REDACTED}`,
    )
}

/** Told by their own shape, whatever stands around them. */
const TOKENS: readonly RegExp[] = [
  /eyJ[A-Za-z0-9_-]{8,512}\.[A-Za-z0-9_-]{2,8192}(?:\.[A-Za-z0-9_-]{0,2048}){0,3}/g, // JWT, JWE
  /(?:AKIA|ASIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA)[A-Z0-9]{16}(?![A-Z0-9])/g, // AWS
  /AIza[0-9A-Za-z_-]{35}/g, // Google API
  /ya29\.[0-9A-Za-z_-]{20,2048}/g, // Google OAuth
  /GOCSPX-[0-9A-Za-z_-]{20,64}/g, // Google OAuth client
  /[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9._~-]{31,34}/g, // Entra ID client secret
  /xox[abeoprs]-[A-Za-z0-9-]{10,256}/g, // Slack
  /xapp-[A-Za-z0-9-]{10,256}/g,
  /hooks\.slack\.com\/(?:services|workflows)\/[A-Za-z0-9/_-]{8,256}/g,
  /gh[oprsu]_[A-Za-z0-9]{20,255}/g, // GitHub
  /github_pat_[A-Za-z0-9_]{20,255}/g,
  /gl(?:pat|ptt|dt|rt|cbt|agent|soat|ft)-[A-Za-z0-9_.-]{16,255}/g, // GitLab
  /npm_[A-Za-z0-9]{30,64}/g,
  /pypi-[A-Za-z0-9_-]{32,512}/g,
  /dckr_[a-z]{3,5}_[A-Za-z0-9_-]{20,64}/g, // Docker Hub
  /(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,255}/g, // Stripe
  /whsec_[A-Za-z0-9+/=]{16,255}/g,
  /sk-[A-Za-z0-9_-]{20,255}/g, // OpenAI, Anthropic
  /SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}/g, // SendGrid
  /hv[bsr]\.[A-Za-z0-9_-]{20,255}/g, // Vault
  /AGE-SECRET-KEY-1[A-Z0-9]{50,64}/g,
]

function tokens(text: string): string {
  return TOKENS.reduce((value, token) => value.replace(token, REDACTED), text)
}

/** `- name: DB_PASSWORD` / `value: …`, as YAML and as JSON: the name stands beside the value. */
const YAML_ENTRY =
  /(name:[ \t]{0,4}["']?)([A-Za-z0-9_.-]{1,128})(["']?[ \t]{0,4}\n[ \t-]{0,64}value:[ \t]{0,4})([^\n]{1,4096})/g
const JSON_ENTRY =
  /(\\{0,3}"name\\{0,3}"\s{0,4}:\s{0,4}\\{0,3}")([A-Za-z0-9_.-]{1,128})(\\{0,3}"\s{0,4},\s{0,16}\\{0,3}"value\\{0,3}"\s{0,4}:\s{0,4}\\{0,3}")([^"\\]{1,4096})/g

function namedEntries(text: string): string {
  const replace = (whole: string, before: string, name: string, between: string) =>
    isSecretName(name) ? `${before}${name}${between}${REDACTED}` : whole
  return text.replace(YAML_ENTRY, replace).replace(JSON_ENTRY, replace)
}

const BLOCK_SCALAR = /([A-Za-z0-9_.-]{1,64})(:[ \t]{0,4})[|>][+-]?\d?[ \t]{0,4}\n(?:[ \t]+[^\n]*(?:\n|$))+/g

function blockScalars(text: string): string {
  return text.replace(BLOCK_SCALAR, (whole, name: string, separator: string) =>
    isSecretName(name) ? `${name}${separator}${REDACTED}\n` : whole,
  )
}

const NAME_AND_SEPARATOR = /([A-Za-z0-9_.-]{1,64})\\{0,3}["']?[ \t]{0,4}(?::=|=>|[:=])[ \t]{0,4}/g
const FLAG = /(?<=^|[\s"'=])--?([A-Za-z][A-Za-z0-9_-]{1,63})[ \t]{1,4}(?=[^\s-])/g
const CURL_USER = /(?<=^|\s)((?:-u|--user)[ \t=]{1,4})([^\s:]{1,256}:)[^\s]{1,512}/g

function assignments(text: string): string {
  return redactAfter(text, NAME_AND_SEPARATOR)
}

function flags(text: string): string {
  return redactAfter(text.replace(CURL_USER, `$1${REDACTED}`), FLAG)
}

/** Quoted (closing quote or not), quoted inside a JSON string, or bare up to the next space or quote. */
const VALUE =
  /"((?:[^"\\\n]|\\.){0,8192})|'([^'\n]{0,8192})|\\{1,3}["']([^"'\\\n]{0,8192})|([^\s"'\\][^\s"']{0,8192})/y

/**
 * Replaces the value that follows each secret-like name. Only name and separator are searched for, never the value of
 * a harmless name: `cmd: password=x` holds a secret too.
 */
function redactAfter(text: string, name: RegExp): string {
  let result = ''
  let done = 0
  for (const match of text.matchAll(name)) {
    const at = match.index + match[0].length
    if (match.index < done || !isSecretName(match[1] ?? '')) continue
    VALUE.lastIndex = at
    const found = VALUE.exec(text)
    const value = found?.slice(1).find((group) => group !== undefined) ?? ''
    if (found === null || isHarmless(value)) continue
    const start = at + found[0].length - value.length
    result += text.slice(done, start) + REDACTED
    done = at + found[0].length
  }
  return result + text.slice(done)
}

/** Nothing, a switch, a reference to a variable, or redacted before. */
function isHarmless(value: string): boolean {
  return (
    value === '' ||
    value.startsWith(REDACTED) ||
    /^(?:true|false|null|nil|none|<nil>|<none>|\$\([A-Za-z_]\w{0,127}\)|\$\{[A-Za-z_]\w{0,127}\})[,;]?$/.test(
      value,
    )
  )
}
