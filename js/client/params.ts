// Checks the parameters of a call and converts them to JSON. Only own properties with plain values are sent.
import { refuse } from './errors.js'

const ACTION = 'Correct the parameters named in invalidParams.'

/** Parameter names that are refused, because code that copies them carelessly could change a prototype. */
const NEVER = new Set(['__proto__', 'constructor', 'prototype'])

function fault(path: string, rule: string): never {
  throw refuse('invalid_params', `${path}: ${rule}`, ACTION, { [path]: rule })
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null
}

/** Copies a value of plain data. Throws for any other value, and names the path of the value. */
function copy(value: unknown, path: string, above: readonly object[]): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      if (Number.isFinite(value)) return value
      return fault(path, 'must be a finite number')
    case 'bigint':
      return fault(path, 'must not be a bigint: give ids and amounts as text')
    case 'function':
    case 'symbol':
    case 'undefined':
      return fault(
        path,
        `must not be ${typeof value === 'undefined' ? 'undefined inside a list' : `a ${typeof value}`}`,
      )
    case 'object':
      return value === null ? null : copyObject(value, path, above)
  }
}

function copyObject(value: object, path: string, above: readonly object[]): unknown {
  if (above.includes(value)) return fault(path, 'must not contain itself')
  const within = [...above, value]
  if (Array.isArray(value)) return value.map((item, index) => copy(item, `${path}[${index}]`, within))
  if (value instanceof Date) return fault(path, 'must be text such as 1990-12-31, not a Date: a Date has a time zone')
  if (!isPlain(value))
    return fault(path, `must be a plain value, not an instance of ${value.constructor?.name ?? 'a class'}`)
  return members(value, path, within)
}

function members(value: object, path: string, above: readonly object[]): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const [name, item] of Object.entries(value)) {
    if (item === undefined) continue
    const inner = path === '' ? name : `${path}.${name}`
    if (NEVER.has(name)) fault(inner, 'is not a parameter')
    result[name] = copy(item, inner, above)
  }
  return result
}

/** Returns true if all members are own properties with text values, as in most calls. Such parameters need no copy. */
function isFlat(params: object): boolean {
  for (const name in params) {
    if (!Object.hasOwn(params, name) || NEVER.has(name) || typeof params[name as keyof object] !== 'string')
      return false
  }
  return true
}

/** Checks the parameters of a call and returns them as JSON. */
export function paramsText(params: unknown): string {
  if (params === undefined) return '{}'
  if (typeof params !== 'object' || params === null || Array.isArray(params) || !isPlain(params)) {
    fault('params', 'must be an object of parameters, such as { customerId }')
  }
  return JSON.stringify(isFlat(params as object) ? params : members(params as object, '', [params as object]))
}
