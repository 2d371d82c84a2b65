import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import { isArray, isObject } from '#src/domain/json.ts'

/**
 * `users[].user.tokenFile` of the first kubeconfig that has that user; relative paths start at the kubeconfig.
 * @kubernetes/client-node 2.0.1 looks for `token-file` only, which is not its name (client-go `AuthInfo.TokenFile`).
 */
export function tokenFileOf(kubeconfigs: readonly string[], userName: string): string | undefined {
  for (const path of kubeconfigs) {
    const file: unknown = parse(readFileSync(path, 'utf8'))
    const users = isObject(file) ? file['users'] : undefined
    const entry = isArray(users) ? users.filter(isObject).find(({ name }) => name === userName) : undefined
    const user = entry?.['user']
    const tokenFile = isObject(user) ? user['tokenFile'] : undefined
    if (typeof tokenFile === 'string') return resolve(dirname(path), tokenFile)
    if (entry !== undefined) return undefined
  }
  return undefined
}
