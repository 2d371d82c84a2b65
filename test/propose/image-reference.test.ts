import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { imageRepository, intendedRepository, parseImage } from '#src/propose/image-reference.ts'

const repositories: Record<string, string> = {
  nginx: 'docker.io/library/nginx',
  'nginx:1.27': 'docker.io/library/nginx',
  'team/web:1': 'docker.io/team/web',
  'docker.io/nginx': 'docker.io/library/nginx',
  'index.docker.io/team/web': 'docker.io/team/web',
  'ghcr.io/team/web:1.0': 'ghcr.io/team/web',
  'localhost/web': 'localhost/web',
  'localhost:5000/web:2': 'localhost:5000/web',
  '127.0.0.1:5000/a/b/c:2': '127.0.0.1:5000/a/b/c',
  [`ghcr.io/team/web:1.0@sha256:${'0'.repeat(64)}`]: 'ghcr.io/team/web',
}

const invalid = [
  '',
  ' nginx',
  'nginx:',
  'nginx::1',
  'nginx:1:2',
  'Nginx',
  'ghcr.io/Team/web',
  'web@sha256:12',
  'a//b',
  'web:1.0 ',
  `web:${'x'.repeat(129)}`,
  'a'.repeat(600),
  '$(evil)',
  'web:1\n',
]

describe('an image reference names the repository', () => {
  for (const [image, repository] of Object.entries(repositories)) {
    it(`${image} → ${repository}`, () => assert.equal(imageRepository(image), repository))
  }
})

describe('no image reference is', () => {
  for (const image of invalid) {
    it(JSON.stringify(image.slice(0, 40)), () => assert.equal(parseImage(image), undefined))
  }
})

it('the repository that an invalid reference was meant to name is read where nothing else can be meant', () => {
  assert.equal(intendedRepository('ghcr.io/team/web::1.0'), 'ghcr.io/team/web')
  assert.equal(intendedRepository('ghcr.io/Team/Web:1.0'), 'ghcr.io/team/web')
  assert.equal(intendedRepository(' nginx:1 '), 'docker.io/library/nginx')
  assert.equal(intendedRepository('ghcr.io//web:1'), undefined)
})
