import { isArray, isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import { quantity } from '#src/domain/quantity.ts'
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
    default:
      return PLAIN_SHAPES[shape](value) ? undefined : `is not a ${shape.replaceAll('-', ' ')}`
  }
}

type PlainShape = Exclude<
  FieldShape,
  | 'image'
  | 'strings'
  | 'text'
  | 'object-name'
  | 'data-key'
  | 'env-item'
  | 'env-list'
  | 'env-source'
  | 'key-reference'
  | 'field-reference'
>

const PLAIN_SHAPES: Readonly<Record<PlainShape, (value: Json) => boolean>> = {
  port: (value) => isPortNumber(value) || isPortName(value),
  'port-name': isPortName,
  quantity: (value) => (quantity(value) ?? -1) >= 0,
  'whole-number': isWholeNumber,
  'number-or-percent': (value) =>
    isWholeNumber(value) || (typeof value === 'string' && /^\d{1,3}%$/.test(value)),
  flag: (value) => typeof value === 'boolean',
  'only-false': (value) => value === false,
  'label-value': isLabelValue,
  labels: (value) =>
    isObject(value) && Object.values(value).every((text) => text !== undefined && isLabelValue(text)),
  json: (value) => isBounded(value, 0),
}

/* IANA_SVC_NAME: at most 15 lower-case letters, digits and dashes, a letter among them. */
function isPortName(value: Json): boolean {
  return typeof value === 'string' && /^(?=.*[a-z])[a-z0-9](?:[-a-z0-9]{0,13}[a-z0-9])?$/.test(value)
}

function isPortNumber(value: Json): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535
}

function isWholeNumber(value: Json): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0
}

function isLabelValue(value: Json): boolean {
  return typeof value === 'string' && /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/.test(value)
}

const MAX_DEPTH = 10

function isBounded(value: Json, depth: number): boolean {
  if (depth > MAX_DEPTH) return false
  if (isArray(value)) return value.length <= MAX_ITEMS && value.every((item) => isBounded(item, depth + 1))
  if (!isObject(value)) return typeof value !== 'string' || isText(value)
  const items = Object.values(value)
  return items.length <= MAX_ITEMS && items.every((item) => item === undefined || isBounded(item, depth + 1))
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
