/** A Deployment as a team would keep it: comments, quotes, an order of its own. */
export function deployment(image: string, { main = '', pod = '' } = {}): string {
  return `# The shop's front end. Ask #team-shop before changing it.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: { app: web }   # kept in one line on purpose
spec:
  replicas: 2
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
${pod}      containers:
      - name: web
        image: "${image}" # released by the pipeline
${main}        ports:
        - containerPort: 8080
`
}

export function initContainer(name: string, image: string, extra = ''): string {
  return `      initContainers:
      - name: ${name}
        image: ${image}
${extra}`
}

export function configMap(name: string): string {
  return `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}
data:
  greeting: hello # shown on the front page
`
}

export const GOOD = 'registry.example/shop/web:1.4.2'
export const BAD = 'registry.example/shop/web:1.5.0-missing'
