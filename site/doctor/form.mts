// The form: what it holds, as the doctor takes it.
import type { DiagnoseInput } from '../../lib/doctor-types.js'

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement

/** The element of this id, which index.html has. */
export function at<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`the page has no ${id}`)
  return found as T
}

export const value = (id: string): string => at<Control>(id).value

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '')

/** Inputs for a product's values, or one for a free list. */
export function showValues(): void {
  const names = value('product')
  const fields =
    names === ''
      ? [['Values, one a line, in the product’s order', 'textarea']]
      : names.split(',').map((name) => [name, 'input'])
  const made = fields.map(([name = '', kind = ''], index) => {
    const field = document.createElement('div')
    const label = document.createElement('label')
    const input = document.createElement(kind) as HTMLInputElement | HTMLTextAreaElement
    field.className = 'field'
    input.id = `value-${index}`
    input.className = 'code'
    input.autocomplete = 'off'
    input.spellcheck = false
    label.htmlFor = input.id
    label.textContent = name
    field.append(label, input)
    return field
  })
  at('values').replaceChildren(...made)
}

/** The values of the request hash; undefined when its part of the form is closed. */
function parts(): string[] | undefined {
  if (!at<HTMLDetailsElement>('hash').open) return undefined
  const inputs = [...at('values').querySelectorAll<Control>('input, textarea')]
  return value('product') === '' ? lines(inputs[0]?.value ?? '') : inputs.map((input) => input.value)
}

/** The time at which EPS received it, if it shall be judged. */
function received(): number | undefined {
  const age = value('age')
  if (age === 'now') return Date.now()
  const time = age === 'at' ? Date.parse(value('received')) : Number.NaN
  return Number.isNaN(time) ? undefined : time
}

export function entered(): DiagnoseInput {
  const now = received()
  const values = parts()
  return {
    accessKey: value('access-key'),
    timestamp: value('timestamp'),
    usedTimestamps: lines(value('used')),
    ...(now === undefined ? {} : { now }),
    ...given('secretKey', value('secret-key')),
    ...given('developerKey', value('developer-key')),
    ...(values && values.length > 0
      ? { requestHash: { parts: values, ...given('value', value('request-hash')) } }
      : {}),
  }
}

function given<K extends string>(name: K, text: string): { [key in K]?: string } {
  return text === '' ? {} : ({ [name]: text } as { [key in K]: string })
}

/** Marks what is missing, and moves to the first of it. Whether all is there. */
export function complete(): boolean {
  const missing = [
    ['access-key', 'Enter the access key.'],
    ['timestamp', 'Enter the timestamp that your code sent.'],
  ].filter(([id = '', message = '']) => {
    const empty = value(id) === ''
    at(id).setAttribute('aria-invalid', String(empty))
    at(`${id}-error`).textContent = empty ? message : ''
    return empty
  })
  const [first] = missing
  if (first) at(first[0] ?? '').focus()
  return missing.length === 0
}

/** Takes the marks away. */
export function unmark(): void {
  for (const id of ['access-key', 'timestamp']) {
    at(id).removeAttribute('aria-invalid')
    at(`${id}-error`).textContent = ''
  }
}
