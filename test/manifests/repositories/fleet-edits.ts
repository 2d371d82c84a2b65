import type { Row } from './row.ts'

const CART = 'spec.template.spec.containers[name=cart]'
const WORKER = 'spec.template.spec.containers[name=worker]'
const CONTROLLER = 'spec.template.spec.containers[name=controller]'
const INGRESS = { root: 'infrastructure/ingress', target: 'DaemonSet/ingress/ingress-controller' } as const
const FILE = 'infrastructure/ingress/controller.yaml'

/** A Flux mono-repository: three clusters, one base. */
export const FLEET: readonly Row[] = [
  {
    why: 'of two patches that set a field the last one counts',
    root: 'apps/production',
    target: 'Deployment/shop/cart',
    set: `${CART}.resources.requests.memory=512Mi`,
    again: true,
    becomes: {
      'apps/production/cart-incident.yaml:12': [
        '-              memory: 384Mi',
        '+              memory: 512Mi',
      ],
    },
  },
  {
    why: 'a field that one patch sets is changed there',
    root: 'apps/production',
    target: 'Deployment/shop/cart',
    set: `${CART}.resources.requests.cpu=750m`,
    becomes: {
      'apps/production/cart-resources.yaml:12': ['-              cpu: 500m', '+              cpu: 750m'],
    },
  },
  {
    why: 'a field of the base that other environments share is refused',
    root: 'apps/production',
    target: 'Deployment/shop/cart',
    set: `${CART}.livenessProbe.initialDelaySeconds=15`,
    becomes: ['BlastRadius', 'Deployment.apps shop/cart (apps/development)'],
  },
  {
    why: 'with consent the base is edited',
    root: 'apps/production',
    target: 'Deployment/shop/cart',
    set: `${CART}.livenessProbe.initialDelaySeconds=15`,
    flags: ['--allow-shared'],
    becomes: {
      'apps/base/cart/deployment.yaml:51': [
        '-            initialDelaySeconds: 5',
        '+            initialDelaySeconds: 15',
      ],
    },
  },
  {
    why: "or a patch that the overlay has already says it for the overlay's own",
    root: 'apps/production',
    target: 'Deployment/shop/cart',
    set: `${CART}.livenessProbe.initialDelaySeconds=15`,
    flags: ['--overlay-patch'],
    becomes: {
      'apps/production/cart-incident.yaml:13': [
        '+          livenessProbe:',
        '+            initialDelaySeconds: 15',
      ],
    },
  },
  {
    why: 'a range of an autoscaler: two fields, one patch',
    root: 'apps/production',
    target: 'HorizontalPodAutoscaler.autoscaling/shop/cart',
    set: ['spec.minReplicas=6', 'spec.maxReplicas=24'],
    becomes: {
      'apps/production/cart-hpa.yaml:6': [
        '-  minReplicas: 4',
        '-  maxReplicas: 20',
        '+  minReplicas: 6',
        '+  maxReplicas: 24',
      ],
    },
  },
  {
    why: 'an images entry that feeds another workload is refused',
    root: 'apps/staging',
    target: 'Deployment/shop/worker',
    set: `${WORKER}.image=registry.example/shop/worker:0.10.0`,
    becomes: ['BlastRadius', 'CronJob.batch shop/worker-cleanup'],
  },
  {
    why: 'and edited with consent, under a new name too',
    root: 'apps/staging',
    target: 'Deployment/shop/worker',
    set: `${WORKER}.image=registry.example/mirror/worker:0.10.0`,
    flags: ['--allow-shared'],
    becomes: {
      'apps/staging/kustomization.yaml:11': [
        '-    newTag: 0.10.0-rc.1',
        '+    newName: registry.example/mirror/worker',
        '+    newTag: 0.10.0',
      ],
    },
  },
  {
    why: 'one entry that feeds two containers is changed when both are asked for',
    root: 'apps/staging',
    target: 'Deployment/shop/cart',
    set: [
      'spec.template.spec.initContainers[name=migrate].image=registry.example/shop/cart:2.15.0',
      `${CART}.image=registry.example/shop/cart:2.15.0`,
    ],
    becomes: { 'apps/staging/kustomization.yaml:13': ['-    newTag: 2.15.0-rc.2', '+    newTag: 2.15.0'] },
  },
  {
    why: 'and refused when it would change the other one unasked',
    root: 'apps/staging',
    target: 'Deployment/shop/cart',
    set: `${CART}.image=registry.example/shop/cart:2.15.0`,
    becomes: ['ProofFailed', 'not as intended'],
  },
  {
    why: "what the cluster's Kustomization patches is changed there, not where it has no effect",
    root: 'apps/production',
    target: 'Deployment/shop/worker',
    set: 'spec.replicas=9',
    becomes: { 'clusters/production/apps.yaml:34': ['-          value: 8', '+          value: 9'] },
  },
  {
    why: 'a HelmRelease is a target too; what it makes follows. Its value stands in a JSON Patch',
    root: 'apps/staging',
    target: 'HelmRelease/shop/checkout',
    set: 'spec.values.image.tag=5.3.0',
    becomes: {
      'apps/staging/kustomization.yaml:19': ['-        value: "5.3.0-rc.1"', '+        value: "5.3.0"'],
    },
  },
  {
    why: "a HelmRelease's tag in the overlay's patch: 5.20 is a text",
    root: 'apps/production',
    target: 'HelmRelease.helm.toolkit.fluxcd.io/shop/checkout',
    set: 'spec.values.image.tag=5.20',
    becomes: {
      'apps/production/checkout-values.yaml:8': [
        '-      tag: "5.1.9" # 5.2 waits for the audit',
        '+      tag: "5.20" # 5.2 waits for the audit',
      ],
    },
  },
  {
    why: 'SOPS is refused',
    root: 'apps/development',
    target: 'Secret/shop/smtp-credentials',
    set: 'stringData.user=shop',
    becomes: ['EditRefused', 'encrypted with SOPS'],
  },
  {
    why: "Flux' own components are refused",
    root: 'clusters/production/flux-system',
    target: 'Deployment/flux-system/source-controller',
    set: 'spec.replicas=2',
    becomes: ['EditRefused', 'its header says that the file is generated'],
  },
  {
    why: 'a variable in the Kustomization that sets it; what it makes follows',
    root: 'clusters/production',
    target: 'Kustomization/flux-system/apps',
    set: 'spec.postBuild.substitute.region=eu-west-2',
    becomes: { 'clusters/production/apps.yaml:23': ['-      region: eu-west-1', '+      region: eu-west-2'] },
  },
  {
    why: 'a suspended Kustomization goes on',
    root: 'clusters/development',
    target: 'Kustomization.kustomize.toolkit.fluxcd.io/flux-system/apps',
    unset: 'spec.suspend',
    becomes: { 'clusters/development/apps.yaml:9': ['-  suspend: true'] },
  },
  {
    why: 'a tag gives way to a digest only where it is asked for: quotes stay',
    ...INGRESS,
    set: `${CONTROLLER}.image=registry.example/ingress/controller:v1.12.2`,
    becomes: {
      [`${FILE}:20`]: [
        '-                    image: "registry.example/ingress/controller:v1.12.1@sha256:0d9f6b1fd1c4a2e7b8a1f2c6f5d0e9b3a4c8d7e6f1a2b3c4d5e6f7a8b9c0d1e2"',
        '+                    image: "registry.example/ingress/controller:v1.12.2"',
      ],
    },
  },
  {
    why: 'an annotation with dots and a slash',
    ...INGRESS,
    set: 'metadata.annotations["prometheus.io/port"]=10255',
    becomes: {
      [`${FILE}:9`]: ["-        prometheus.io/port: '10254'", "+        prometheus.io/port: '10255'"],
    },
  },
  {
    why: 'a port by its name, in a flow map',
    ...INGRESS,
    set: `${CONTROLLER}.ports[name=https].hostPort=8443`,
    becomes: {
      [`${FILE}:27`]: [
        '-                        -   {name: https, containerPort: 8443, hostPort: 443}',
        '+                        -   {name: https, containerPort: 8443, hostPort: 8443}',
      ],
    },
  },
  {
    why: 'an argument goes',
    ...INGRESS,
    unset: `${CONTROLLER}.args[2]`,
    becomes: { [`${FILE}:24`]: ['-                        - --report-node-internal-ip-address'] },
  },
  {
    why: 'a deep new field, indented by four like its siblings',
    ...INGRESS,
    set: `${CONTROLLER}.livenessProbe.httpGet.path=/healthz`,
    becomes: {
      [`${FILE}:35`]: [
        '+                    livenessProbe:',
        '+                        httpGet:',
        '+                            path: /healthz',
      ],
    },
  },
  {
    why: 'a label of the template only, though the selector shares its map by an alias',
    ...INGRESS,
    set: 'spec.template.metadata.labels.tier=edge',
    becomes: {
      [`${FILE}:16`]: [
        '-            labels: *labels',
        '+            labels:',
        '+                <<: *labels',
        '+                tier: edge',
      ],
    },
  },
  {
    why: 'what Git says already is no change',
    root: 'apps/staging',
    target: 'Deployment/shop/cart',
    set: `${CART}.env[name=SESSION_TTL].value=3600`,
    becomes: 'unchanged',
  },
  {
    why: 'a mistyped container is refused with those that there are',
    root: 'apps/staging',
    target: 'Deployment/shop/cart',
    set: 'spec.template.spec.containers[name=web].image=x',
    becomes: ['EditRefused', 'there is cart'],
  },
]
