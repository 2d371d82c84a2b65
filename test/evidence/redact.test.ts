import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createRedactor, SCAN_FAILED } from '#src/evidence/redact.ts'

const redactor = createRedactor({ known: () => [] })
const pem = (lines: number) =>
  Array.from({ length: lines }, (_, i) => `MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJT${i}`).join(
    '\n',
  )
const JWT =
  'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U'
/** Put together here, so that no scanner of this repository mistakes the test for a leak. */
const key = (prefix: string, length: number) =>
  prefix + 'aB3dE6gH9jK2mN5pQ8sT1vW4xY7zC0fL'.repeat(9).slice(0, length)
const upper = (prefix: string, length: number) => key(prefix, length).toUpperCase()

/** The text, and what must not be left of it. */
const leaks: Readonly<Record<string, readonly [text: string, secret: string]>> = {
  'password=…': ['connecting with password=hunter2! to db', 'hunter2!'],
  'a quoted password with spaces': ['password: "correct horse battery"', 'horse'],
  'passwd in a property file': ['spring.datasource.passwd = s3cr3t', 's3cr3t'],
  'a password in JSON inside a string': ['{"msg":"{\\"dbPassword\\":\\"s3cr3t\\"}"}', 's3cr3t'],
  'a secret after a harmless name': ['cmd: password=s3cr3t', 's3cr3t'],
  'an environment dump': ['DB_HOST=db\nDB_PASSWORD_OLD=s3cr3t\nPGPASSWORD=other1', 's3cr3t'],
  'a camel-case key': ['clientSecret=s3cr3tvalue', 's3cr3tvalue'],
  'a YAML env entry': ['- name: API_TOKEN\n  value: s3cr3t value', 's3cr3t'],
  'a YAML block scalar': ['password: |\n  line one s3cr3t\n  line two\nnext: x', 's3cr3t'],
  'a command-line flag': ['mysqld --user root --password s3cr3t --verbose', 's3cr3t'],
  'a curl user': ['curl -u admin:s3cr3t https://x.example', 's3cr3t'],
  'a bearer header': ['Authorization: Bearer abc.def-ghi_123', 'abc.def'],
  'a bearer token without header': ['sent bearer 0123456789abcdef', '0123456789abcdef'],
  'a basic header': ['authorization: Basic dXNlcjpwYXNz', 'dXNlcjpwYXNz'],
  'a header in JSON': ['{"Authorization":"token 0a1b2c3d4e","path":"/"}', '0a1b2c3d4e'],
  'a cookie': ['Cookie: theme=dark; session=abcdef012345', 'abcdef012345'],
  'a Redis URL without user': ['dial redis://:p4ssw0rd@cache:6379/0', 'p4ssw0rd'],
  'a token as user of a URL': ['git clone https://0a1b2c3d@git.example/x.git', '0a1b2c3d'],
  'a password with a slash in a URL': ['postgres://app:p4/ss@db:5432/shop', 'p4/ss'],
  'a password with an at sign in a URL': ['amqp://app:p4@ss@mq/vhost', 'p4@ss'],
  'a MongoDB connection string': ['mongodb+srv://app:p4ss@cluster0.example/db', 'p4ss'],
  'an ADO connection string': ['Server=db;User Id=sa;Password=p4ss;', 'p4ss'],
  'an Azure storage key': [`AccountName=x;AccountKey=${key('', 40)}==`, key('', 40)],
  'a SAS signature': ['https://x.blob.example/c?sv=2024&sig=abc%2Fdef012', 'abc%2Fdef012'],
  'a private key': [`x\n-----BEGIN PRIVATE KEY-----\n${pem(4)}\n-----END PRIVATE KEY-----\ny`, 'MIIE'],
  'a private key in one line': [
    `"-----BEGIN EC PRIVATE KEY-----\\n${pem(1)}\\n-----END EC PRIVATE KEY-----"`,
    'MIIE',
  ],
  'a private key whose end is cut off': [`-----BEGIN RSA PRIVATE KEY-----\n${pem(3)}`, 'MIIE'],
  'a private key whose beginning is cut off': [`${pem(2)}\n-----END PRIVATE KEY-----\nnext`, 'MIIE'],
  'the middle of a private key': [pem(4).replaceAll(/\d+$/gm, ''), 'MIIE'],
  'a JWT': [`claims of ${JWT}!`, 'dozjgNryP4J3'],
  'a JWT after an escaped line end': [`"a\\n${JWT}"`, 'dozjgNryP4J3'],
  'an AWS access key id': [`id ${upper('AKIA', 16)} x`, upper('AKIA', 16)],
  'an AWS secret': [`aws_secret_access_key = ${key('', 40)}`, key('', 40)],
  'a Google API key': [`https://maps.example/?k=${key('AIza', 35)}`, key('AIza', 35)],
  'a Google OAuth token': [key('ya29.', 60), key('', 60)],
  'an Entra client secret': [key('abc8Q~', 34), key('', 34)],
  'a Slack token': [key('xoxb-1234567890-', 24), key('', 24)],
  'a Slack webhook': [`https://hooks.slack.com/services/T0/B0/${key('', 24)}`, key('', 24)],
  'a GitHub token': [key('ghp_', 36), key('', 36)],
  'a fine-grained GitHub token': [key('github_pat_', 82), key('', 82)],
  'a GitLab token': [key('glpat-', 20), key('', 20)],
  'an npm token': [key('npm_', 36), key('', 36)],
  'a Docker Hub token': [key('dckr_pat_', 27), key('', 27)],
  'a Stripe key': [key('sk_live_', 24), key('', 24)],
  'an OpenAI key': [key('sk-proj-', 48), key('', 48)],
  'a Vault token': [key('hvs.', 24), key('', 24)],
  'Docker credentials': ['{"auths":{"reg.example":{"auth":"dXNlcjpwYXNz"}}}', 'dXNlcjpwYXNz'],
  'a token split by an invisible character': [`gh\u200bp_${key('', 36)}`, key('', 36)],
  'a token split by a colour': [`ghp\u001b[31m_${key('', 36)}`, key('', 36)],
  'a token after a comment that switches the scanner off': [
    `// secretlint-disable\n${key('figd_', 50)}`,
    key('', 50),
  ],
}

const harmless: Readonly<Record<string, string>> = {
  'a missing Secret': 'MountVolume.SetUp failed for volume "cfg" : secret "db-credentials" not found',
  'a missing key': "couldn't find key password in Secret shop/db-credentials",
  'a reference to a variable': 'starting with password=$(DB_PASSWORD) and token: $' + '{API_TOKEN}',
  'a file of a secret': 'DB_PASSWORD_FILE=/run/secrets/db',
  'an image with a digest': `pulling docker://registry.example:5000/shop/web@sha256:${'0f'.repeat(32)}`,
  'an image pull error':
    'failed to resolve reference "ghcr.io/shop/web:1.4.3": ghcr.io/shop/web:1.4.3: not found',
  'a stack trace':
    "TypeError: Cannot read properties of undefined (reading 'x')\n    at /app/src/main.js:12:3",
  'a URL with a port and a path': 'GET http://web.shop.svc:8080/api/v1/users?page=2 → 500',
  'an email address': 'mailto: ops@shop.example',
  'prose about authentication': 'Basic authentication failed; bearer authentication required',
  'an identifier': 'pod 5d6e7f80-0000-4000-8000-000000000001 commit 9fceb02d0ae598e95dc970b74767f19372d61af8',
}

describe('redaction of text', () => {
  for (const [claim, [text, secret]] of Object.entries(leaks)) {
    test(`removes ${claim}, and doing so twice changes nothing`, async () => {
      const once = await redactor.text(text)
      assert.ok(!once.includes(secret), once)
      assert.ok(once.includes('[redacted]'), once)
      assert.equal(await redactor.text(once), once)
    })
  }

  for (const [claim, text] of Object.entries(harmless)) {
    test(`leaves ${claim} as it is`, async () => assert.equal(await redactor.text(text), text))
  }

  test('leaves what stands around a secret', async () => {
    assert.equal(
      await redactor.text(`before\npassword=x1y2 after\nurl https://u:p@h.example/x end ${key('ghp_', 36)}.`),
      'before\npassword=[redacted] after\nurl https://[redacted]@h.example/x end [redacted].',
    )
  })

  test('removes known secrets wherever and however they stand', async () => {
    const known = createRedactor({ known: () => ['ca/na"ry+1', 'ca', ''] })
    const forms = ['ca/na"ry+1', 'ca%2Fna%22ry%2B1', 'Y2EvbmEicnkrMQ==', 'ca/na\\"ry+1']
    for (const form of forms) assert.equal(await known.text(`xx${form}xx`), 'xx[redacted]xx')
    assert.equal(await known.text('catalogue'), 'catalogue')
  })

  test('is done anew with the secrets known at that moment', async () => {
    let secrets: readonly string[] = ['first-one']
    const known = createRedactor({ known: () => secrets })
    secrets = ['rotated-one']
    assert.equal(await known.text('rotated-one'), '[redacted]')
  })

  test('lets nothing through when the scanner fails', async () => {
    const failing = createRedactor({
      known: () => [],
      scan: async (text) => {
        throw new Error(`cannot scan ${text}`)
      },
    })
    assert.equal(await failing.text('anything'), SCAN_FAILED)
    assert.deepEqual(await failing.json({ a: ['x', 1], b: 'y' }), { a: [SCAN_FAILED, 1], b: SCAN_FAILED })
  })

  test('lets nothing through when the known secrets cannot be read', async () => {
    const failing = createRedactor({
      known: () => {
        throw new Error('no such file')
      },
    })
    assert.equal(await failing.text('anything'), SCAN_FAILED)
  })

  test('ends on hostile texts of any length, within its limit', async () => {
    const seeds = [
      'a',
      '=',
      ' ',
      'eyJ',
      '://a:',
      'password=',
      'password="',
      '-----BEGIN PRIVATE KEY-----',
      'a:b@',
      'xoxb-',
    ]
    const more = [
      'name: TOKEN\nvalue:',
      '"name":"a",',
      '\\',
      '\u001b[',
      'A'.repeat(64),
      'token: |\n ',
      '-p ',
      'https://u:p@',
    ]
    for (const seed of [...seeds, ...more]) {
      const text = await redactor.text(seed.repeat(Math.ceil(300_000 / seed.length)))
      assert.ok(text.length <= 256 * 1024, seed)
    }
  })

  test('is the same a second time for any mixture of secrets, names and noise', async () => {
    const piece = fc.oneof(
      fc.constantFrom(...Object.values(leaks).map(([text]) => text)),
      fc.constantFrom(
        'password',
        '=',
        ':',
        ' ',
        '"',
        "'",
        '\n',
        '\\',
        '@',
        '://',
        'token',
        '- name: ',
        'value: ',
        '|',
        '[redacted]',
      ),
      fc.string({ maxLength: 12, unit: 'binary' }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        const once = await redactor.text(pieces.join(''))
        assert.equal(await redactor.text(once), once)
      }),
      { numRuns: 300 },
    )
  })
})

describe('redaction of JSON', () => {
  test('goes by the names of members, entries and flags, and keeps references', async () => {
    const value = {
      containers: [
        {
          name: 'web',
          args: ['--port', '8080', '--db-password', 's3cr3t', '--api-token=s3cr3t', '--token', '--verbose'],
          env: [
            { name: 'DB_PASSWORD', value: 's3cr3t' },
            { name: 'DB_HOST', value: 'db' },
            { name: 'API_TOKEN', valueFrom: { secretKeyRef: { name: 'api', key: 'token' } } },
          ],
        },
      ],
      volumes: [{ name: 'tls', secret: { secretName: 'web-tls' } }],
      automountServiceAccountToken: false,
      passcode: 123456,
      tokens: ['s3cr3t', 's3cr3t'],
      imagePullSecrets: [{ name: 'registry' }],
      absent: null,
    }
    assert.deepEqual(await redactor.json(value), {
      containers: [
        {
          name: 'web',
          args: [
            '--port',
            '8080',
            '--db-password',
            '[redacted]',
            '--api-token=[redacted]',
            '--token',
            '--verbose',
          ],
          env: [
            { name: 'DB_PASSWORD', value: '[redacted]' },
            { name: 'DB_HOST', value: 'db' },
            { name: 'API_TOKEN', valueFrom: { secretKeyRef: { name: 'api', key: 'token' } } },
          ],
        },
      ],
      volumes: [{ name: 'tls', secret: { secretName: 'web-tls' } }],
      automountServiceAccountToken: false,
      passcode: '[redacted]',
      tokens: ['[redacted]', '[redacted]'],
      imagePullSecrets: [{ name: 'registry' }],
      absent: null,
    })
  })

  test('redacts every string as it would redact it alone, however many there are', async () => {
    const texts = Object.values(leaks).map(([text]) => text)
    const together = await redactor.json({ texts })
    const alone = await Promise.all(texts.map((text) => redactor.text(text)))
    assert.deepEqual(together, { texts: alone })
  })

  test('twice changes nothing', async () => {
    const once = await redactor.json({ env: [{ name: 'TOKEN', value: 'x' }], log: leaks['a JWT']?.[0] ?? '' })
    assert.deepEqual(await redactor.json(once), once)
  })
})
