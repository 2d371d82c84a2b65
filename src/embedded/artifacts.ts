import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const SERVER_NAMES = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubectl',
  'kwok',
  'kustomize',
  'helm',
  'gitea',
] as const
export type ServerName = (typeof SERVER_NAMES)[number]

/** Where a project publishes its own binary, and the checksum that it publishes beside it. */
export interface Release {
  readonly url: string
  readonly checksum:
    | { readonly kind: 'text'; readonly url: string } // "HEX" or lines of "HEX  FILE"
    | { readonly kind: 'github'; readonly api: string } // the release API's `digest` of the asset
  /** The path of the binary inside the .tar.gz; absent when the download is the binary. */
  readonly member?: string
}

/** How the binary is built from source out of Go's module proxy. */
export type Build =
  | {
      readonly kind: 'pinned'
      readonly pins: string
      readonly goPackage: string
      readonly ldflags: string
    }
  | { readonly kind: 'install'; readonly module: string; readonly ldflags: string }
  | { readonly kind: 'gitea' }

export interface Artifact {
  readonly name: ServerName
  readonly version: string
  readonly release: Release
  readonly build: Build
  /** What a person is told about the time that a first build takes, on two cores and without any Go cache. */
  readonly buildTime: string
}

const KUBERNETES = 'v1.36.3'
const ETCD = 'v3.7.3'
const KWOK = 'v0.8.0'
const KUSTOMIZE = 'v5.8.1'
const HELM = 'v4.3.1'
const GITEA = '1.27.3'

/** The pin of a server for this machine's system and processor, in the names that Go and the projects use. */
export function artifactFor(name: ServerName, os: string, arch: string): Artifact {
  switch (name) {
    case 'etcd':
      return etcd(os, arch)
    case 'kwok':
      return kwok(os, arch)
    case 'kustomize':
      return kustomize(os, arch)
    case 'helm':
      return helm(os, arch)
    case 'gitea':
      return gitea(os, arch)
    default:
      return kubernetes(name, os, arch)
  }
}

function kubernetes(name: ServerName, os: string, arch: string): Artifact {
  const url = `https://dl.k8s.io/${KUBERNETES}/bin/${os}/${arch}/${name}`
  const [major, minor] = KUBERNETES.slice(1).split('.')
  const variable = 'k8s.io/component-base/version'
  const version = `-X ${variable}.gitVersion=${KUBERNETES} -X ${variable}.gitMajor=${major} -X ${variable}.gitMinor=${minor} -X ${variable}.gitTreeState=clean`
  return {
    name,
    version: KUBERNETES,
    release: { url, checksum: { kind: 'text', url: `${url}.sha256` } },
    build: {
      kind: 'pinned',
      pins: 'kubernetes',
      goPackage: `k8s.io/kubernetes/cmd/${name}`,
      ldflags: `-s -w ${version}`,
    },
    buildTime: name === 'kube-apiserver' ? 'about 6 minutes' : 'a minute or two once kube-apiserver is built',
  }
}

function etcd(os: string, arch: string): Artifact {
  const base = `https://github.com/etcd-io/etcd/releases/download/${ETCD}`
  const stem = `etcd-${ETCD}-${os}-${arch}`
  return {
    name: 'etcd',
    version: ETCD,
    release: {
      url: `${base}/${stem}.tar.gz`,
      checksum: { kind: 'text', url: `${base}/SHA256SUMS` },
      member: `${stem}/etcd`,
    },
    build: { kind: 'pinned', pins: 'etcd', goPackage: 'go.etcd.io/etcd/server/v3', ldflags: '-s -w' },
    buildTime: 'about a minute',
  }
}

function kwok(os: string, arch: string): Artifact {
  const repository = 'kubernetes-sigs/kwok'
  return {
    name: 'kwok',
    version: KWOK,
    release: {
      url: `https://github.com/${repository}/releases/download/${KWOK}/kwok-${os}-${arch}`,
      checksum: { kind: 'github', api: `https://api.github.com/repos/${repository}/releases/tags/${KWOK}` },
    },
    build: {
      kind: 'pinned',
      pins: 'kwok',
      goPackage: 'sigs.k8s.io/kwok/cmd/kwok',
      ldflags: `-s -w -X sigs.k8s.io/kwok/pkg/consts.Version=${KWOK}`,
    },
    buildTime: 'about 2 minutes',
  }
}

function kustomize(os: string, arch: string): Artifact {
  const base = `https://github.com/kubernetes-sigs/kustomize/releases/download/kustomize%2F${KUSTOMIZE}`
  return {
    name: 'kustomize',
    version: KUSTOMIZE,
    release: {
      url: `${base}/kustomize_${KUSTOMIZE}_${os}_${arch}.tar.gz`,
      checksum: { kind: 'text', url: `${base}/checksums.txt` },
      member: 'kustomize',
    },
    build: {
      kind: 'install',
      module: `sigs.k8s.io/kustomize/kustomize/v5@${KUSTOMIZE}`,
      ldflags: '-s -w ',
    },
    buildTime: 'about half a minute',
  }
}

function helm(os: string, arch: string): Artifact {
  const url = `https://get.helm.sh/helm-${HELM}-${os}-${arch}.tar.gz`
  return {
    name: 'helm',
    version: HELM,
    release: {
      url,
      checksum: { kind: 'text', url: `${url}.sha256sum` },
      member: `${os}-${arch}/helm`,
    },
    build: {
      kind: 'install',
      module: `helm.sh/helm/v4/cmd/helm@${HELM}`,
      ldflags: `-s -w -X helm.sh/helm/v4/internal/version.version=${HELM}`,
    },
    buildTime: 'about 4 minutes',
  }
}

function gitea(os: string, arch: string): Artifact {
  const url = `https://dl.gitea.com/gitea/${GITEA}/gitea-${GITEA}-${os}-${arch}`
  return {
    name: 'gitea',
    version: GITEA,
    release: { url, checksum: { kind: 'text', url: `${url}.sha256` } },
    build: { kind: 'gitea' },
    buildTime: '3 to 5 minutes',
  }
}

/** The folder that holds the pinned go.mod and go.sum of a build. */
export function pinsFolder(pins: string): string {
  return fileURLToPath(new URL(`./pins/${pins}`, import.meta.url))
}

/** Changes with everything that goes into the binary, so that a new pin never meets an old file. */
export function artifactKey(artifact: Artifact, os: string, arch: string): string {
  const hash = createHash('sha256').update(JSON.stringify([artifact.build, artifact.release, os, arch]))
  if (artifact.build.kind === 'pinned') {
    for (const file of ['go.mod', 'go.sum'])
      hash.update(readFileSync(`${pinsFolder(artifact.build.pins)}/${file}`))
  }
  return hash.digest('hex').slice(0, 12)
}
