import { isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import type { FieldShape } from '#src/propose/allow-list.ts'
import { parseImage } from '#src/propose/image-reference.ts'

/* k8s.io/apimachinery/pkg/util/validation: IsDNS1123Subdomain, IsConfigMapKey; corev1 validation: env var names. */
const DNS_LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const DNS_SUBDOMAIN = new RegExp(`^${DNS_LABEL}(\\.${DNS_LABEL})*$`)
const DATA_KEY = /^[-._a-zA-Z0-9]{1,253}$/
const ENV_NAME = /^[-._a-zA-Z][-._a-zA-Z0-9]{0,252}$/
const MAX_TEXT = 8192
const MAX_ITEMS = 200

/** What is wrong with a value for a field of that shape; undefined when nothing is. */
export function troubleWith(shape: FieldShape, value: Json): string | undefined {
  switch (shape) {
    case 'image':
      return isImage(value) ? undefined : 'is not an image reference'
    case 'strings':
      return isStrings(value) ? undefined : 'is not a list of strings'
    case 'text':
      return isText(value) ? undefined : 'is not a plain string'
    case 'object-name':
      return isObjectName(value) ? undefined : 'is not the name of an object (DNS-1123 subdomain)'
    case 'data-key':
      return isDataKey(value) ? undefined : 'is not a key of a ConfigMap or Secret'
    case 'env-item':
      return isEnvItem(value) ? undefined : 'is not an environment variable'
    case 'env-list':
      return isEnvList(value) ? undefined : 'is not a list of environment variables with names of their own'
    case 'env-source':
      return isEnvSource(value) ? undefined : 'is not one source of an environment variable'
    case 'key-reference':
      return isKeyReference(value) ? undefined : 'is not a name and a key'
    case 'field-reference':
      return isFieldReference(value) ? undefined : 'is not a reference to a field of the pod'
  }
}

function isImage(value: Json | undefined): boolean {
  return typeof value === 'string' && parseImage(value) !== undefined
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string' && value.length <= MAX_TEXT && !value.includes('\0')
}

function isStrings(value: Json): boolean {
  return isArray(value) && value.length <= MAX_ITEMS && value.every(isText)
}

function isObjectName(value: Json | undefined): boolean {
  return typeof value === 'string' && value.length <= 253 && DNS_SUBDOMAIN.test(value)
}

function isDataKey(value: Json | undefined): boolean {
  return typeof value === 'string' && DATA_KEY.test(value) && value !== '.' && !value.startsWith('..')
}

function isEnvItem(value: Json): boolean {
  if (!isObject(value) || !hasOnly(value, ['name', 'value', 'valueFrom'])) return false
  const { name, value: text, valueFrom } = value
  if (typeof name !== 'string' || !ENV_NAME.test(name)) return false
  if (valueFrom !== undefined) return text === undefined && isEnvSource(valueFrom)
  return text === undefined || isText(text)
}

function isEnvList(value: Json): boolean {
  if (!isArray(value) || value.length > MAX_ITEMS || !value.every(isEnvItem)) return false
  return new Set(value.map((item) => isObject(item) && item['name'])).size === value.length
}

function isEnvSource(value: Json): boolean {
  if (!isObject(value)) return false
  const [[source, reference] = ['', undefined], ...more] = Object.entries(value)
  if (more.length > 0 || reference === undefined) return false
  if (source === 'configMapKeyRef' || source === 'secretKeyRef') return isKeyReference(reference)
  return source === 'fieldRef' && isFieldReference(reference)
}

function isKeyReference(value: Json): boolean {
  if (!isObject(value) || !hasOnly(value, ['name', 'key', 'optional'])) return false
  const { name, key, optional } = value
  return isObjectName(name) && isDataKey(key) && (optional === undefined || typeof optional === 'boolean')
}

function isFieldReference(value: Json): boolean {
  if (!isObject(value) || !hasOnly(value, ['apiVersion', 'fieldPath'])) return false
  return isText(value['fieldPath']) && (value['apiVersion'] === undefined || value['apiVersion'] === 'v1')
}

function hasOnly(value: JsonObject, members: readonly string[]): boolean {
  return Object.keys(value).every((key) => members.includes(key))
}
