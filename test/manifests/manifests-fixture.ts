import type { RepositorySpec } from '#src/domain/repository.ts'
import type { TargetRef } from '#src/domain/target.ts'
import type { GitServer } from '#src/embedded/git-server.ts'
import { findServer } from '#src/embedded/provision.ts'
import type { Manifests } from '#src/manifests/manifests.ts'
import { openManifests } from '#src/manifests/open-manifests.ts'
import {
  type Files,
  type PersonsClone,
  repositorySpec,
  repositoryWith,
  temporaryFolder,
} from './git-fixture.ts'

export const identity = { name: 'aiops-operator', email: 'aiops-operator@users.noreply.invalid' }

export async function kustomizeBinary(): Promise<string> {
  return findServer('kustomize', { progress: (line) => process.stderr.write(`${line}\n`) })
}

export interface Opened {
  readonly manifests: Manifests
  readonly person: PersonsClone
  readonly tip: string
  readonly spec: RepositorySpec
  readonly stateFolder: string
}

/** A repository with these files on the server, opened and fetched. */
export async function opened(
  server: GitServer,
  files: Files,
  renderer: string,
  changes: Partial<RepositorySpec> = {},
): Promise<Opened> {
  const { url, person } = await repositoryWith(server, files)
  const spec = repositorySpec(url, changes)
  const stateFolder = await temporaryFolder()
  const manifests = await openManifests(spec, { stateFolder, inherited: process.env, identity, renderer })
  return { manifests, person, tip: await manifests.fetch(), spec, stateFolder }
}

export function deploymentRef(name: string, namespace = 'shop'): TargetRef {
  return { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name }
}

/** A Deployment as a person writes it. */
export function deployment(name: string, image: string, namespace?: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}${namespace === undefined ? '' : `\n  namespace: ${namespace}`}
spec:
  selector:
    matchLabels: {app: ${name}}
  template:
    metadata:
      labels: {app: ${name}}
    spec:
      containers:
        - name: web
          image: ${image} # the image
          env:
            - name: COLOR
              value: blue
`
}
