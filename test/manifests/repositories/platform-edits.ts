import type { Row } from './row.ts'

/** Kustomize with everything that it has, and plain files in every form. */
export const PLATFORM: readonly Row[] = [
  {
    why: 'a patch in flow style is changed in place',
    root: 'overlays/live',
    target: 'Deployment/platform/live-api-v1',
    set: 'spec.template.spec.containers[name=api].resources.limits.memory=2Gi',
    trace: ['Deployment/platform/live-api-v1', 'unknown', 'overlays/live/memory.yaml:8'],
    again: true,
    becomes: {
      'overlays/live/memory.yaml:8': [
        '-        - {name: api, resources: {limits: {memory: 1Gi}, requests: {cpu: "1"}}}',
        '+        - {name: api, resources: {limits: {memory: 2Gi}, requests: {cpu: "1"}}}',
      ],
    },
  },
  {
    why: 'a quoted tag stays quoted; 7.10 is no number',
    root: 'overlays/live',
    target: 'Deployment/platform/live-api-v1',
    set: 'spec.template.spec.containers[name=api].image=registry.example/platform/api:7.10',
    trace: ['Deployment/platform/live-api-v1', 'unknown', 'overlays/live/kustomization.yaml:16'],
    becomes: {
      'overlays/live/kustomization.yaml:16': [
        '-    newTag: "7.1"      # quoted: a version, not a number',
        '+    newTag: "7.10"      # quoted: a version, not a number',
      ],
    },
  },
  {
    why: 'a tag in an images entry in flow style',
    root: 'overlays/test',
    target: 'Deployment/platform-test/api',
    set: 'spec.template.spec.containers[name=api].image=registry.example/platform/api:v7',
    becomes: {
      'overlays/test/kustomization.yaml:5': [
        '-- {name: api, newName: registry.example/platform/api, newTag: main}',
        '+- {name: api, newName: registry.example/platform/api, newTag: v7}',
      ],
    },
  },
  {
    why: 'a digest gives way to a tag',
    root: 'overlays/demo',
    target: 'Deployment/platform-demo/api',
    set: 'spec.template.spec.containers[name=api].image=registry.example/platform/api:7.1',
    becomes: {
      'overlays/demo/kustomization.yaml:9': [
        '-  digest: sha256:0d9f6b1fd1c4a2e7b8a1f2c6f5d0e9b3a4c8d7e6f1a2b3c4d5e6f7a8b9c0d1e2',
        '+  newTag: "7.1"',
      ],
    },
  },
  {
    why: 'a tag gives way to a digest',
    root: 'overlays/live',
    target: 'Deployment/platform/live-api-v1',
    set: 'spec.template.spec.containers[name=api].image=registry.example/platform/api@sha256:1d9f6b1fd1c4a2e7b8a1f2c6f5d0e9b3a4c8d7e6f1a2b3c4d5e6f7a8b9c0d1e2',
    becomes: {
      'overlays/live/kustomization.yaml:16': [
        '-    newTag: "7.1"      # quoted: a version, not a number',
        '+    digest: sha256:1d9f6b1fd1c4a2e7b8a1f2c6f5d0e9b3a4c8d7e6f1a2b3c4d5e6f7a8b9c0d1e2',
      ],
    },
  },
  {
    why: 'replicas: is changed where it stands',
    root: 'overlays/live',
    target: 'Deployment/platform/live-api-v1',
    set: 'spec.replicas=8',
    trace: ['Deployment/platform/live-api-v1', 'unknown', 'overlays/live/kustomization.yaml:20'],
    becomes: {
      'overlays/live/kustomization.yaml:20': ['-    count: 6', '+    count: 8'],
    },
  },
  {
    why: 'replicas of a base that two overlays show are refused',
    root: 'overlays/test',
    target: 'Deployment/platform-test/api',
    set: 'spec.replicas=1',
    becomes: ['BlastRadius', 'platform-demo/api (overlays/demo)'],
  },
  {
    why: 'what the overlay says on its own is written into the overlay, not into a component that others share',
    root: 'overlays/test',
    target: 'Deployment/platform-test/api',
    set: 'spec.replicas=1',
    flags: ['--overlay-patch'],
    becomes: {
      'overlays/test/kustomization.yaml:6': ['+replicas:', '+- name: api', '+  count: 1'],
    },
  },
  {
    why: 'the value of a JSON Patch is changed',
    root: 'overlays/live',
    target: 'Deployment/platform/live-api-v1',
    set: 'spec.template.spec.containers[name=api].readinessProbe.periodSeconds=20',
    trace: ['Deployment/platform/live-api-v1', 'unknown', 'overlays/live/kustomization.yaml:39'],
    becomes: {
      'overlays/live/kustomization.yaml:39': ['-        value: 10', '+        value: 20'],
    },
  },
  {
    why: 'a value inside the value of a JSON Patch',
    root: 'overlays/live',
    target: 'Deployment/platform/live-api-v1',
    set: 'metadata.annotations["platform.example/owner"]=team-b',
    becomes: {
      'overlays/live/kustomization.yaml:42': [
        '-        value: {"platform.example/owner": "team-a"}',
        '+        value: {"platform.example/owner": "team-b"}',
      ],
    },
  },
  {
    why: 'a component that two overlays share is refused',
    root: 'overlays/live',
    target: 'Deployment/platform/live-api-v1',
    set: 'spec.template.spec.containers[name=metrics].resources.limits.memory=64Mi',
    trace: ['Deployment/platform/live-api-v1', 'unknown', 'components/sidecar/metrics.json:8'],
    becomes: ['BlastRadius', 'platform-test/api (overlays/test)'],
  },
  {
    why: 'with consent the component is edited: a JSON Patch in a JSON file',
    root: 'overlays/live',
    target: 'Deployment/platform/live-api-v1',
    set: 'spec.template.spec.containers[name=metrics].resources.limits.memory=64Mi',
    flags: ['--allow-shared'],
    becomes: {
      'components/sidecar/metrics.json:8': [
        '-      "resources": { "limits": { "memory": "32Mi" } }',
        '+      "resources": { "limits": { "memory": "64Mi" } }',
      ],
    },
  },
  {
    why: 'a literal of the generator that merges',
    root: 'overlays/live',
    target: 'ConfigMap/platform/live-api-config-v1',
    set: 'data.LOG_LEVEL=error',
    becomes: {
      'overlays/live/kustomization.yaml:30': ['-      - LOG_LEVEL=warn', '+      - LOG_LEVEL=error'],
    },
  },
  {
    why: "a quoted literal with an = in its value, the base's",
    root: 'overlays/live',
    target: 'ConfigMap/platform/live-api-config-v1',
    set: 'data.GREETING=bye',
    flags: ['--allow-shared'],
    becomes: {
      'base/kustomization.yaml:13': ['-      - "GREETING=hello = world"', '+      - "GREETING=bye"'],
    },
  },
  {
    why: 'the file that a generator reads is changed as a whole',
    root: 'base',
    target: 'ConfigMap/-/api-config',
    set: 'data["app.yaml"]="server:\\n  port: 9090\\n"',
    flags: ['--allow-shared'],
    becomes: {
      'base/files/app.yaml:2': ['-  port: 8080', '-  # seconds', '-  timeout: 30', '+  port: 9090'],
    },
  },
  {
    why: 'a line of an env file',
    root: 'base',
    target: 'ConfigMap/-/api-config',
    set: 'data.RETRIES=5',
    flags: ['--allow-shared'],
    becomes: {
      'base/files/api.env:3': ['-RETRIES=3', '+RETRIES=5'],
    },
  },
  {
    why: 'a new key becomes a literal of the overlay',
    root: 'overlays/live',
    target: 'ConfigMap/platform/live-api-config-v1',
    set: 'data.COLOR=blue',
    becomes: {
      'overlays/live/kustomization.yaml:31': ['+      - COLOR=blue'],
    },
  },
  {
    why: "the list of a custom resource in the overlay's patch",
    root: 'overlays/live',
    target: 'Database/platform/live-orders-v1',
    set: 'spec.backups[0].keep=60',
    trace: ['Database/platform/live-orders-v1', 'unknown', 'overlays/live/database.yaml:8'],
    becomes: {
      'overlays/live/database.yaml:8': ['-    keep: 30', '+    keep: 60'],
    },
  },
  {
    why: 'a flow list of a custom resource, its item found by name',
    root: 'base',
    target: 'Database.postgres.example/-/orders',
    set: 'spec.users[name=report].roles=[reader, auditor]',
    flags: ['--allow-shared'],
    becomes: {
      'base/database.yaml:11': ['-      roles: [reader]', '+      roles: [reader, auditor]'],
    },
  },
  {
    why: 'an overlay patch of one item of a list that is replaced as a whole is a JSON Patch',
    root: 'overlays/test',
    target: 'Database/platform-test/orders',
    set: 'spec.users[name=report].roles[0]=auditor',
    flags: ['--overlay-patch'],
    becomes: {
      'overlays/test/kustomization.yaml:4': [
        '+patches:',
        '+- target:',
        '+    group: postgres.example',
        '+    version: v1',
        '+    kind: Database',
        '+    name: orders',
        '+  patch: |-',
        '+    - op: replace',
        '+      path: /spec/users/1/roles/0',
        '+      value: auditor',
      ],
    },
  },
  {
    why: 'an inline patch in JSON keeps its form',
    root: 'overlays/live',
    target: 'Certificate/platform/live-api-v1',
    set: 'spec.duration=1440h',
    becomes: {
      'overlays/live/kustomization.yaml:44': [
        `-  - patch: '{"apiVersion": "certificates.example/v1", "kind": "Certificate", "metadata": {"name": "api"}, "spec": {"duration": "720h"}}'`,
        `+  - patch: '{"apiVersion": "certificates.example/v1", "kind": "Certificate", "metadata": {"name": "api"}, "spec": {"duration": "1440h"}}'`,
      ],
    },
  },
  {
    why: 'a port by its name where its number stands twice',
    root: 'overlays/live',
    target: 'Deployment/platform/live-api-v1',
    set: 'spec.template.spec.containers[name=api].ports[name=http].containerPort=8081',
    flags: ['--allow-shared'],
    becomes: {
      'base/api.yaml:23': ['-            - containerPort: 8080', '+            - containerPort: 8081'],
    },
  },
  {
    why: 'a label of every object is not changed for one',
    root: 'overlays/live',
    target: 'Service/platform/live-api-v1',
    set: 'metadata.labels.tier=gold',
    becomes: ['BlastRadius', 'Database.postgres.example platform/live-orders-v1 (overlays/live)'],
  },
  {
    why: 'a boolean in quotes stays a text',
    root: 'plain',
    target: 'ConfigMap/-/motd',
    set: 'data.enabled=false',
    trace: ['ConfigMap/-/motd', 'unknown', 'plain/tools.yaml:8'],
    again: true,
    becomes: {
      'plain/tools.yaml:8': ['-  enabled: "true"', '+  enabled: "false"'],
    },
  },
  {
    why: 'so does a number in quotes',
    root: 'plain',
    target: 'ConfigMap/-/motd',
    set: 'data.ratio=1.30',
    becomes: {
      'plain/tools.yaml:9': ['-  ratio: "1.20"', '+  ratio: "1.30"'],
    },
  },
  {
    why: 'and a word that YAML 1.1 takes for a boolean',
    root: 'plain',
    target: 'ConfigMap/-/motd',
    set: 'data.country=SE',
    becomes: {
      'plain/tools.yaml:10': ['-  country: "NO"', '+  country: "SE"'],
    },
  },
  {
    why: 'a new text that YAML 1.1 would misread is quoted',
    root: 'plain',
    target: 'ConfigMap/-/motd',
    set: 'data.answer=yes',
    becomes: {
      'plain/tools.yaml:19': ['+  answer: "yes"'],
    },
  },
  {
    why: 'of a block scalar only the line that differs changes',
    root: 'plain',
    target: 'ConfigMap/-/motd',
    set: 'data["app.yaml"]="# edited as a whole\\nserver:\\n  port: 9090\\nfeatures: [a, b]\\n"',
    becomes: {
      'plain/tools.yaml:14': ['-      port: 8080', '+      port: 9090'],
    },
  },
  {
    why: 'a line more in a block scalar without a final newline',
    root: 'plain',
    target: 'ConfigMap/-/motd',
    set: 'data["script.sh"]="#!/bin/sh\\nset -e\\necho hi"',
    becomes: {
      'plain/tools.yaml:18': ['+    set -e'],
    },
  },
  {
    why: 'what an anchor shares with another container is refused',
    root: 'plain',
    target: 'Deployment/-/toolbox',
    set: 'spec.template.spec.containers[name=shell].resources.limits.memory=128Mi',
    becomes: ['EditRefused', 'the field is inside the anchor &small'],
  },
  {
    why: 'an alias becomes a merge with what differs',
    root: 'plain',
    target: 'Deployment/-/toolbox',
    set: 'spec.template.spec.containers[name=cron].resources.limits.memory=128Mi',
    becomes: {
      'plain/tools.yaml:39': [
        '-        resources: *small',
        '+        resources:',
        '+          <<: *small',
        '+          limits:',
        '+            cpu: 100m',
        '+            memory: 128Mi',
      ],
    },
  },
  {
    why: 'an item of a flow list',
    root: 'plain',
    target: 'Deployment/-/toolbox',
    set: 'spec.template.spec.containers[name=shell].command[2]=sleep 3600',
    becomes: {
      'plain/tools.yaml:34': [
        '-        command: ["sh", "-c", "sleep infinity"]',
        '+        command: ["sh", "-c", "sleep 3600"]',
      ],
    },
  },
  {
    why: 'the first annotation of an empty map',
    root: 'plain',
    target: 'Deployment/-/toolbox',
    set: 'metadata.annotations["a.example/b"]=c',
    becomes: {
      'plain/tools.yaml:25': ['-  annotations: {}', '+  annotations:', '+    a.example/b: c'],
    },
  },
  {
    why: 'single quotes stay',
    root: 'plain',
    target: 'Deployment/-/toolbox',
    set: 'spec.template.spec.containers[name=shell].image=registry.example/tools/shell:4',
    trace: ['Deployment/-/toolbox', 'unknown', 'plain/tools.yaml:33'],
    becomes: {
      'plain/tools.yaml:33': [
        "-        image: 'registry.example/tools/shell:3'",
        "+        image: 'registry.example/tools/shell:4'",
      ],
    },
  },
  {
    why: 'a new key stands where Kubernetes has it',
    root: 'plain',
    target: 'Deployment/-/toolbox',
    set: 'spec.replicas=0',
    becomes: {
      'plain/tools.yaml:27': ['+  replicas: 0'],
    },
  },
  {
    why: 'an item of a kind: List',
    root: 'plain',
    target: 'Job/-/two',
    set: 'spec.backoffLimit=3',
    trace: ['Job/-/two', 'unknown', 'plain/list.yaml:15'],
    becomes: {
      'plain/list.yaml:15': ['-        backoffLimit: 0', '+        backoffLimit: 3'],
    },
  },
  {
    why: 'a deep new field in an item that is indented by four',
    root: 'plain',
    target: 'Job/-/two',
    set: 'spec.template.spec.containers[name=run].resources.limits.memory=1Gi',
    becomes: {
      'plain/list.yaml:22': [
        '+                      resources:',
        '+                          limits:',
        '+                              memory: 1Gi',
      ],
    },
  },
  {
    why: 'a port becomes a name',
    root: 'plain',
    target: 'Service/-/one',
    set: 'spec.ports[0].targetPort=http',
    becomes: {
      'plain/list.yaml:9': [
        '-        - {port: 80, targetPort: 8080}',
        '+        - {port: 80, targetPort: http}',
      ],
    },
  },
  {
    why: 'a JSON manifest',
    root: 'plain',
    target: 'ResourceQuota/tools/tools',
    set: 'spec.hard["limits.memory"]=16Gi',
    trace: ['ResourceQuota/tools/tools', 'unknown', 'plain/quota.json:8'],
    becomes: {
      'plain/quota.json:8': ['-            "limits.memory": "8Gi"', '+            "limits.memory": "16Gi"'],
    },
  },
  {
    why: 'a new key of a JSON manifest, a quantity as a text',
    root: 'plain',
    target: 'ResourceQuota/tools/tools',
    set: 'spec.hard.pods=20',
    becomes: {
      'plain/quota.json:8': [
        '-            "limits.memory": "8Gi"',
        '+            "limits.memory": "8Gi",',
        '+            "pods": "20"',
      ],
    },
  },
  {
    why: 'CRLF line ends stay',
    root: 'plain',
    target: 'ConfigMap/-/windows',
    set: 'data.user=root',
    becomes: {
      'plain/windows.yaml:6': ['-  user: admin   # by hand\r', '+  user: root   # by hand\r'],
    },
  },
  {
    why: 'so does a missing final newline; 0600 is a text',
    root: 'plain',
    target: 'ConfigMap/-/windows',
    set: 'data.mode=0600',
    becomes: {
      'plain/windows.yaml:7': ['-  mode: "0644"', '+  mode: "0600"'],
    },
  },
  {
    why: 'a line after the last one that has no end',
    root: 'plain',
    target: 'ConfigMap/-/windows',
    set: 'data.zone=a',
    becomes: {
      'plain/windows.yaml:7': ['-  mode: "0644"', '+  mode: "0644"\r', '+  zone: a'],
    },
  },
  {
    why: 'a byte order mark stays',
    root: 'plain',
    target: 'ConfigMap/-/marked',
    set: 'data.a=c',
    becomes: {
      'plain/marked.yaml:6': ['-  a: b', '+  a: c'],
    },
  },
  {
    why: 'a SealedSecret is refused',
    root: 'plain',
    target: 'SealedSecret/-/token',
    set: 'spec.encryptedData.token=x',
    becomes: ['EditRefused', 'SealedSecret'],
  },
  {
    why: 'a generated file is refused',
    root: 'plain',
    target: 'ConfigMap/-/dashboards',
    set: 'data.count=4',
    becomes: ['EditRefused', 'its header says that the file is generated'],
  },
  {
    why: 'what .gitattributes calls generated is refused',
    root: 'plain',
    target: 'ServiceAccount/-/vendored',
    set: 'automountServiceAccountToken=false',
    becomes: ['EditRefused', '.gitattributes'],
  },
  {
    why: 'a status is refused',
    root: 'plain',
    target: 'Deployment/-/toolbox',
    set: 'status.replicas=1',
    becomes: ['EditRefused', 'the cluster writes it'],
  },
  {
    why: 'the namespace is refused',
    root: 'overlays/live',
    target: 'Deployment/platform/live-api-v1',
    set: 'metadata.namespace=other',
    becomes: ['EditRefused', 'it tells which object this is'],
  },
  {
    why: 'an object by its name before the prefix is not found, and the near one is named',
    root: 'overlays/live',
    target: 'Deployment/platform/api',
    set: 'spec.replicas=1',
    becomes: ['NotInGit', 'there is Deployment.apps platform/live-api-v1'],
  },
]
