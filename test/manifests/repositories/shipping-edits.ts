import type { Row } from './row.ts'

/** An Argo CD app of apps: charts, value files, parameters, several sources, an ApplicationSet. */
export const SHIPPING: readonly Row[] = [
  {
    why: 'the value that the last values file sets is changed there, comment kept',
    root: 'charts/tracker --values charts/tracker/values-production.yaml --release tracker',
    target: 'Deployment/tracker/tracker-web',
    set: 'spec.replicas=6',
    trace: [
      'Deployment/tracker/tracker-web',
      'argocd Application argocd/tracker-production',
      'charts/tracker/values-production.yaml:1',
    ],
    again: true,
    becomes: {
      'charts/tracker/values-production.yaml:1': [
        '-replicas: 4   # two zones, two each',
        '+replicas: 6   # two zones, two each',
      ],
    },
  },
  {
    why: 'a quoted size stays quoted',
    root: 'charts/tracker --values charts/tracker/values-production.yaml --release tracker',
    target: 'Deployment/tracker/tracker-web',
    set: 'spec.template.spec.containers[name=web].resources.limits.memory=1Gi',
    trace: [
      'Deployment/tracker/tracker-web',
      'argocd Application argocd/tracker-production',
      'charts/tracker/values-production.yaml:7',
    ],
    becomes: {
      'charts/tracker/values-production.yaml:7': ['-    memory: "512Mi"', '+    memory: "1Gi"'],
    },
  },
  {
    why: "what the chart's defaults say by an alias is said anew in the environment's file",
    root: 'charts/tracker --values charts/tracker/values-production.yaml --release tracker',
    target: 'Deployment/tracker/tracker-web',
    set: 'spec.template.spec.containers[name=web].resources.limits.cpu=2',
    becomes: {
      'charts/tracker/values-production.yaml:7': ['+    cpu: "2"'],
    },
  },
  {
    why: "an alias of the chart's own values becomes a merge with one key more",
    root: 'charts/tracker --release tracker',
    target: 'Deployment/-/tracker-web',
    set: 'spec.template.spec.containers[name=web].resources.limits.memory=256Mi',
    flags: ['--allow-shared'],
    becomes: {
      'charts/tracker/values.yaml:19': [
        '-  limits: *size',
        '+  limits:',
        '+    <<: *size',
        '+    memory: 256Mi',
      ],
    },
  },
  {
    why: "a variable that the template makes of a map is set in the environment's file",
    root: 'charts/tracker --values charts/tracker/values-production.yaml --release tracker',
    target: 'Deployment/tracker/tracker-web',
    set: 'spec.template.spec.containers[name=web].env[name=CACHE_SECONDS].value=60',
    trace: [
      'Deployment/tracker/tracker-web',
      'argocd Application argocd/tracker-production',
      'charts/tracker/values.yaml:12',
    ],
    becomes: {
      'charts/tracker/values-production.yaml:8': ['+env:', '+  CACHE_SECONDS: "60"'],
    },
  },
  {
    why: 'a word that YAML 1.1 reads as a boolean is quoted',
    root: 'charts/tracker --values charts/tracker/values-production.yaml --release tracker',
    target: 'Deployment/tracker/tracker-web',
    set: 'spec.template.spec.containers[name=web].env[name=VERBOSE].value=on',
    becomes: {
      'charts/tracker/values-production.yaml:8': ['+env:', '+  VERBOSE: "on"'],
    },
  },
  {
    why: "what the Application's valuesObject overrides is not written where it has no effect",
    root: 'charts/tracker --values charts/tracker/values-staging.yaml --release tracker',
    target: 'Deployment/tracker-staging/tracker-web',
    set: 'spec.template.spec.containers[name=web].env[name=CARRIER_URL].value=http://x.svc',
    trace: [
      'Deployment/tracker-staging/tracker-web',
      'argocd Application argocd/tracker-staging',
      'applications/tracker.yaml:43',
    ],
    becomes: ['EditRefused', 'Application argocd/tracker-staging says itself decides it'],
  },
  {
    why: 'template text is refused with its line',
    root: 'charts/tracker --values charts/tracker/values-production.yaml --release tracker',
    target: 'Deployment/tracker/tracker-web',
    set: 'spec.revisionHistoryLimit=2',
    becomes: ['EditRefused', 'charts/tracker/templates/web.yaml, line 8'],
  },
  {
    why: "a list that is empty by default is filled in the environment's file",
    root: 'charts/tracker --values charts/tracker/values-production.yaml --release tracker',
    target: 'Deployment/tracker/tracker-web',
    set: 'spec.template.spec.tolerations=[{key: edge, operator: Exists}]',
    becomes: {
      'charts/tracker/values-production.yaml:8': ['+tolerations:', '+  - key: edge', '+    operator: Exists'],
    },
  },
  {
    why: 'what an environment switches off is not rendered',
    root: 'charts/tracker --values charts/tracker/values-staging.yaml --release tracker',
    target: 'Deployment/-/tracker-worker',
    set: 'spec.replicas=2',
    becomes: ['NotInGit', 'there is Deployment.apps tracker-web'],
  },
  {
    why: 'a nested value gets its parents in the values file',
    root: 'charts/tracker --values charts/tracker/values-production.yaml --release tracker',
    target: 'Deployment/-/tracker-worker',
    set: 'spec.replicas=2',
    becomes: {
      'charts/tracker/values-production.yaml:8': ['+worker:', '+  replicas: 2'],
    },
  },
  {
    why: 'the file that $config names is edited, its quotes and comment kept',
    root: 'charts/labels --values config/labels/production.yaml --release labels',
    target: 'StatefulSet/labels/labels',
    set: 'spec.template.spec.containers[name=printer].image=registry.example/shipping/labels:1.30',
    trace: [
      'StatefulSet/labels/labels',
      'argocd Application argocd/labels',
      'config/labels/production.yaml:1',
    ],
    becomes: {
      'config/labels/production.yaml:1': [
        '-image: "registry.example/shipping/labels:1.20"   # 1.3 jams the printers',
        '+image: "registry.example/shipping/labels:1.30"   # 1.3 jams the printers',
      ],
    },
  },
  {
    why: 'the value of a subchart is changed under its name',
    root: 'charts/labels --values config/labels/production.yaml --release labels',
    target: 'PersistentVolumeClaim/labels/labels-spool',
    set: 'spec.resources.requests.storage=50Gi',
    trace: [
      'PersistentVolumeClaim/labels/labels-spool',
      'argocd Application argocd/labels',
      'config/labels/production.yaml:3',
    ],
    becomes: {
      'config/labels/production.yaml:3': ['-    size: 20Gi', '+    size: 50Gi'],
    },
  },
  {
    why: "what only the subchart sets is set beside the subchart's other values",
    root: 'charts/labels --values config/labels/production.yaml --release labels',
    target: 'PersistentVolumeClaim/labels/labels-spool',
    set: 'spec.storageClassName=fast',
    becomes: {
      'config/labels/production.yaml:4': ['+    class: fast'],
    },
  },
  {
    why: "an image that the Application sets is changed there, not in the folder's manifest",
    root: 'gateway',
    target: 'Deployment/gateway/gateway',
    set: 'spec.template.spec.containers[name=gateway].image=registry.example/shipping/gateway:1.9.3',
    trace: [
      'Deployment/gateway/gateway',
      'argocd Application argocd/gateway',
      'applications/gateway.yaml:14',
    ],
    becomes: {
      'applications/gateway.yaml:14': [
        '-        - registry.example/shipping/gateway:1.9.2   # by the image updater',
        '+        - registry.example/shipping/gateway:1.9.3   # by the image updater',
      ],
    },
  },
  {
    why: 'a new key of a flow map stands where such keys stand',
    root: 'gateway',
    target: 'Deployment/gateway/gateway',
    set: 'spec.template.spec.containers[name=gateway].livenessProbe.periodSeconds=20',
    becomes: {
      'gateway/gateway.yaml:16': [
        '-          livenessProbe: {httpGet: {path: /live, port: 8080}, failureThreshold: 3}',
        '+          livenessProbe: {httpGet: {path: /live, port: 8080}, periodSeconds: 20, failureThreshold: 3}',
      ],
    },
  },
  {
    why: 'a manifest of the folder that an ApplicationSet deploys',
    root: 'depots/hamburg',
    target: 'StatefulSet/-/depot',
    set: 'spec.replicas=4',
    becomes: {
      'depots/hamburg/depot.yaml:6': ['-  replicas: 3', '+  replicas: 4'],
    },
  },
  {
    why: 'the namespace may be the one that the engine gives; a quoted word stays quoted',
    root: 'depots/rotterdam',
    target: 'StatefulSet/depot-rotterdam/depot',
    set: 'spec.template.spec.containers[name=depot].env[name=OPEN_ON_SUNDAY].value=yes',
    becomes: {
      'depots/rotterdam/depot.yaml:17': [
        '-        - {name: OPEN_ON_SUNDAY, value: "no"}',
        '+        - {name: OPEN_ON_SUNDAY, value: "yes"}',
      ],
    },
  },
  {
    why: 'an object that stands in two folders is refused with both',
    root: 'depots',
    target: 'StatefulSet/-/depot',
    set: 'spec.replicas=4',
    becomes: [
      'AmbiguousSource',
      'depots/hamburg/depot.yaml), StatefulSet.apps depot (depots/rotterdam/depot.yaml',
    ],
  },
  {
    why: 'an Application is a target too: a Helm parameter by its name',
    root: 'applications',
    target: 'Application/argocd/tracker-production',
    set: 'spec.source.helm.parameters[name=image.tag].value=3.4.2',
    becomes: {
      'applications/tracker.yaml:19': ['-          value: "3.4.1"', '+          value: "3.4.2"'],
    },
  },
  {
    why: 'a value inside an Application, in a file of several documents',
    root: 'applications',
    target: 'Application/argocd/tracker-staging',
    set: 'spec.source.helm.valuesObject.image.tag=3.5.0',
    becomes: {
      'applications/tracker.yaml:41': [
        '-          tag: 3.5.0-rc.3  # the train of this week',
        '+          tag: 3.5.0  # the train of this week',
      ],
    },
  },
  {
    why: "an item of an Application's images, its comment kept",
    root: 'applications',
    target: 'Application/argocd/gateway',
    set: 'spec.source.kustomize.images[0]=registry.example/shipping/gateway:1.9.3',
    becomes: {
      'applications/gateway.yaml:14': [
        '-        - registry.example/shipping/gateway:1.9.2   # by the image updater',
        '+        - registry.example/shipping/gateway:1.9.3   # by the image updater',
      ],
    },
  },
  {
    why: 'an element of a generator is found by one of its members',
    root: 'applications',
    target: 'ApplicationSet/argocd/depots',
    set: 'spec.generators[0].list.elements[depot=hamburg].replicas=4',
    becomes: {
      'applications/depots.yaml:13': ['-            replicas: "3"', '+            replicas: "4"'],
    },
  },
  {
    why: 'or by its position',
    root: 'applications',
    target: 'ApplicationSet.argoproj.io/argocd/depots',
    set: 'spec.generators[0].list.elements[1].replicas=6',
    becomes: {
      'applications/depots.yaml:15': ['-            replicas: "5"', '+            replicas: "6"'],
    },
  },
  {
    why: 'a boolean of a flow map',
    root: 'bootstrap',
    target: 'Application/argocd/root',
    set: 'spec.syncPolicy.automated.selfHeal=false',
    trace: ['Application/argocd/root', 'unknown', 'bootstrap/root.yaml:19'],
    becomes: {
      'bootstrap/root.yaml:19': [
        '-    automated: {prune: true, selfHeal: true}',
        '+    automated: {prune: true, selfHeal: false}',
      ],
    },
  },
  {
    why: 'a deep field that is missing comes with its parents',
    root: 'applications',
    target: 'Application/argocd/labels',
    set: 'spec.syncPolicy.automated.prune=true',
    becomes: {
      'applications/labels.yaml:23': ['+  syncPolicy:', '+    automated:', '+      prune: true'],
    },
  },
  {
    why: 'an annotation with dots and a slash; a number is quoted',
    root: 'bootstrap',
    target: 'Application/argocd/root',
    set: 'metadata.annotations["argocd.argoproj.io/sync-wave"]=-1',
    becomes: {
      'bootstrap/root.yaml:7': ['+  annotations:', '+    argocd.argoproj.io/sync-wave: "-1"'],
    },
  },
]
