/** The manifests of the demo: what a small team's repository looks like, with comments and quotes of their own. */
export const SHOP = {
  namespace: 'shop',
  deployment: 'web',
  folder: 'apps/shop',
  deploymentFile: 'apps/shop/web-deployment.yaml',
} as const

/** Dana meant 1.9.9. No registry has the other one; src/embedded/kwok/README.md says how the fake kubelet knows. */
export const TAG = { good: '1.9.8', meant: '1.9.9', mistyped: '9.9.9' } as const

export function shopFiles(): Readonly<Record<string, string>> {
  return {
    'README.md': README,
    [SHOP.deploymentFile]: deployment(TAG.good),
    'apps/shop/service.yaml': SERVICE,
    'apps/shop/configmap.yaml': CONFIG_MAP,
  }
}

export function deployment(tag: string): string {
  return `# The shop's front end. Owned by team storefront; see the runbook before scaling it down.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  labels: { app: web, team: "storefront" }
spec:
  replicas: 2  # one per zone
  selector:
    matchLabels: { app: web }
  template:
    metadata:
      labels: { app: web, team: "storefront" }
    spec:
      containers:
        - name: web
          image: "registry.example.com/shop/web:${tag}"  # bumped by hand on release day
          ports:
            - containerPort: 8080
              name: http
          envFrom:
            - configMapRef: { name: web-settings }
          resources:
            requests: { cpu: 50m, memory: '64Mi' }
            limits: { memory: '128Mi' }
`
}

const SERVICE = `apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
spec:
  selector: { app: web }
  ports:
    - name: http
      port: 80
      targetPort: http
`

const CONFIG_MAP = `apiVersion: v1
kind: ConfigMap
metadata:
  name: web-settings
  namespace: shop
data:
  CURRENCY: "EUR"
  SHOW_BANNER: "yes"  # a text, not a boolean
`

const README = `# Manifests of the shop

\`apps/shop\` is what runs in namespace \`shop\`.
`
