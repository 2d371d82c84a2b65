import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isIPv4 } from 'node:net'
import * as der from './der.ts'

/** Certificates for servers on loopback that live for a run: P-256, valid for 30 days, no revocation. */
export interface KeyPair {
  readonly certificatePem: string
  readonly keyPem: string
}

export interface CertificateAuthority extends KeyPair {
  /** For a server: `hosts` are DNS names and IPv4 addresses. */
  issueServer(name: string, hosts: readonly string[]): KeyPair
  /** For a client: the API server reads CN as the user and each O as a group. */
  issueClient(user: string, groups: readonly string[]): KeyPair
}

const OID = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  subjectAltName: '2.5.29.17',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const

export function createAuthority(name: string): CertificateAuthority {
  const keys = newKeys()
  const subject = distinguishedName(name)
  const certificatePem = certify({ subject, key: keys.privateKey }, subject, keys.publicKey, [
    extension(OID.basicConstraints, der.sequence(der.boolean(true)), true),
    extension(OID.keyUsage, keyUsage(['digitalSignature', 'keyCertSign']), true),
  ])
  return openAuthority(name, { certificatePem, keyPem: pkcs8(keys.privateKey) })
}

/** The authority that another process created under this name. */
export function openAuthority(name: string, pair: KeyPair): CertificateAuthority {
  const issuer: Issuer = { subject: distinguishedName(name), key: createPrivateKey(pair.keyPem) }
  return {
    ...pair,
    issueServer: (server, hosts) =>
      issue(issuer, distinguishedName(server), [
        ...leafExtensions(OID.serverAuth),
        extension(OID.subjectAltName, der.sequence(...hosts.map(alternativeName))),
      ]),
    issueClient: (user, groups) =>
      issue(issuer, distinguishedName(user, groups), leafExtensions(OID.clientAuth)),
  }
}

/** The key that signs ServiceAccount tokens, in SEC 1 form: the API server reads its public half from no other. */
export function newSigningKey(): string {
  return newKeys().privateKey.export({ type: 'sec1', format: 'pem' }).toString()
}

interface Issuer {
  readonly subject: Buffer
  readonly key: KeyObject
}

function newKeys(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

function issue(issuer: Issuer, subject: Buffer, extensions: readonly Buffer[]): KeyPair {
  const keys = newKeys()
  return {
    certificatePem: certify(issuer, subject, keys.publicKey, extensions),
    keyPem: pkcs8(keys.privateKey),
  }
}

function pkcs8(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function leafExtensions(usage: string): Buffer[] {
  return [
    extension(OID.keyUsage, keyUsage(['digitalSignature']), true),
    extension(OID.extendedKeyUsage, der.sequence(der.objectIdentifier(usage))),
  ]
}

/** RFC 5280 §4.1. */
function certify(
  issuer: Issuer,
  subject: Buffer,
  publicKey: KeyObject,
  extensions: readonly Buffer[],
): string {
  const algorithm = der.sequence(der.objectIdentifier(OID.ecdsaWithSha256))
  const now = Date.now()
  const day = 86_400_000
  const serial = randomBytes(16)
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40 // positive, and never a leading zero
  const body = der.sequence(
    der.explicit(0, der.integer(Buffer.from([2]))),
    der.integer(serial),
    algorithm,
    issuer.subject,
    der.sequence(der.utcTime(now - day), der.utcTime(now + 30 * day)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der.explicit(3, der.sequence(...extensions)),
  )
  const signature = sign('sha256', body, issuer.key)
  return pem('CERTIFICATE', der.sequence(body, algorithm, der.bitString(signature)))
}

function distinguishedName(commonName: string, organizations: readonly string[] = []): Buffer {
  const attribute = (oid: string, value: string) =>
    der.set(der.sequence(der.objectIdentifier(oid), der.utf8String(value)))
  const names = organizations.map((each) => attribute(OID.organization, each))
  return der.sequence(...names, attribute(OID.commonName, commonName))
}

function extension(oid: string, value: Buffer, critical = false): Buffer {
  const parts = critical ? [der.boolean(true)] : []
  return der.sequence(der.objectIdentifier(oid), ...parts, der.octetString(value))
}

const KEY_USAGE_BIT = { digitalSignature: 0, keyCertSign: 5 } as const

function keyUsage(usages: readonly (keyof typeof KEY_USAGE_BIT)[]): Buffer {
  let bits = 0
  for (const usage of usages) bits |= 0x80 >> KEY_USAGE_BIT[usage]
  let unused = 0
  while (!((bits >> unused) & 1)) unused += 1
  return der.bitString(Buffer.from([bits]), unused)
}

function alternativeName(host: string): Buffer {
  return isIPv4(host)
    ? der.implicit(7, Buffer.from(host.split('.').map(Number)))
    : der.implicit(2, Buffer.from(host))
}

function pem(label: string, content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
