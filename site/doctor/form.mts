// The form: what it holds, as the doctor takes it.
import type { DiagnoseInput } from '../../js/doctor/doctor-types.js'

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
    input.setAttribute('aria-describedby', 'values-error')
    label.htmlFor = input.id
    label.textContent = name
    field.append(label, input)
    return field
  })
  at('values').replaceChildren(...made)
}

/** The values of the request hash, whether its part of the form is open or closed; undefined when none is filled in. */
function parts(): string[] | undefined {
  const inputs = [...at('values').querySelectorAll<Control>('input, textarea')]
  const values = value('product') === '' ? lines(inputs[0]?.value ?? '') : inputs.map((input) => input.value)
  return values.some((text) => text !== '') ? values : undefined
}

/** The time at which EPS received it, if it shall be judged: not a number where it is not filled in. */
function received(): number | undefined {
  const age = value('age')
  if (age === 'now') return Date.now()
  return age === 'at' ? Date.parse(value('received')) : undefined
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
    ...(values ? { requestHash: { parts: values, ...given('value', value('request-hash')) } } : {}),
  }
}

function given<K extends string>(name: K, text: string): { [key in K]?: string } {
  return text === '' ? {} : ({ [name]: text } as { [key in K]: string })
}

interface Rule {
  /** The control that is marked. */
  id: string
  /** What says why. */
  error: string
  message: string
  broken: () => boolean
}

const RULES: readonly Rule[] = [
  {
    id: 'access-key',
    error: 'access-key-error',
    message: 'Enter the access key.',
    broken: () => value('access-key') === '',
  },
  {
    id: 'timestamp',
    error: 'timestamp-error',
    message: 'Enter the timestamp that your code sent.',
    broken: () => value('timestamp') === '',
  },
  {
    id: 'value-0',
    error: 'values-error',
    message: 'Enter the values that the request hash covers.',
    broken: () => value('request-hash') !== '' && parts() === undefined,
  },
  {
    // A date that is half filled in reads as empty.
    id: 'received',
    error: 'received-error',
    message: 'Enter the whole date and time, or do not judge the age.',
    broken: () => Number.isNaN(received()),
  },
]

/** Marks what is missing, and moves to the first of it. Whether all is there. */
export function complete(): boolean {
  unmark()
  const broken = RULES.filter((rule) => rule.broken())
  for (const { id, error, message } of broken) {
    at(id).setAttribute('aria-invalid', 'true')
    at(error).textContent = message
    // What is closed can neither be seen nor have the focus.
    const part = at(id).closest('details')
    if (part) part.open = true
  }
  const [first] = broken
  if (first) at(first.id).focus()
  return first === undefined
}

/** Takes the marks away. */
export function unmark(): void {
  for (const { id, error } of RULES) {
    at(id).removeAttribute('aria-invalid')
    at(error).textContent = ''
  }
}
