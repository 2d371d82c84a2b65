/** A value under a name that ends in one of these, however it is written (dbPassword, DB_PASSWORD, db-password). */
const ENDINGS = [
  'password',
  'passwords',
  'passwd',
  'passphrase',
  'passcode',
  'pwd',
  'secret',
  'token',
  'tokens',
  'apikey',
  'apikeys',
  'accesskey',
  'secretkey',
  'privatekey',
  'signingkey',
  'encryptionkey',
  'masterkey',
  'accountkey',
  'authkey',
  'deploykey',
  'sharedkey',
  'sessionkey',
  'credential',
  'credentials',
  'connectionstring',
  'connstr',
  'dsn',
  'authorization',
  'cookie',
  'jwt',
] as const

/** Too short to be looked for inside a word: `bypass`, `spot`. */
const LAST_WORDS: ReadonlySet<string> = new Set(['pass', 'pw', 'auth', 'sig', 'signature', 'pat', 'creds'])

/** Words after the telling one that change nothing: TOKEN_VALUE, PASSWORD_OLD, secretBase64. */
const TRAILING: ReadonlySet<string> = new Set([
  'value',
  'hash',
  'base64',
  'b64',
  'encoded',
  'plain',
  'text',
  'string',
  'old',
  'new',
  'current',
  'previous',
  'prod',
  'production',
  'staging',
  'dev',
  'test',
  'primary',
  'secondary',
])

/**
 * True for names whose value is a secret by convention. False for names that point at one: secretName, secretKeyRef,
 * PASSWORD_FILE, tokenExpirationSeconds.
 */
export function isSecretName(name: string): boolean {
  const words = name
    .slice(-128)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
  while (words.length > 1 && isTrailing(words.at(-1) ?? '')) words.pop()
  const last = (words.at(-1) ?? '').replace(/\d+$/, '')
  if (LAST_WORDS.has(last)) return true
  const joined = words.join('').replace(/\d+$/, '')
  return ENDINGS.some((ending) => joined.endsWith(ending))
}

function isTrailing(word: string): boolean {
  return TRAILING.has(word) || /^\d+$/.test(word)
}
