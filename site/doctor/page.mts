// The signature doctor's page. What is typed stays in its fields; nothing is sent, and nothing is stored.
import { diagnose } from '../../js/doctor/doctor.mjs'
import { at, complete, entered, showValues, unmark, value } from './form.mjs'
import { empty, outdate, show } from './results.mjs'

/** The vendor's published test key, used raw: the mistake that is made most. */
const EXAMPLE = {
  'access-key': 'TEST_ACCESS_KEY_DO_NOT_USE',
  timestamp: '1700000000000',
  'secret-key': 'GxF3Pm81zvVbFPbQzDWcPXU+v9tKaMHsjtTxjdwDR9w=',
}

const form = at<HTMLFormElement>('form')

function reveal(shown: boolean): void {
  at<HTMLInputElement>('access-key').type = shown ? 'text' : 'password'
  // The word is part of the button's name, so that it is called what it reads; a state besides would say it twice.
  const [word] = at('show').children
  if (word) word.textContent = shown ? 'Hide' : 'Show'
}

form.addEventListener('submit', (event) => {
  event.preventDefault()
  if (!complete()) return empty()
  const asked = entered()
  show(diagnose(asked), (asked.secretKey ?? asked.requestHash?.value) !== undefined)
  // On one column the result is below the form, and beside a long form it can be above what is seen.
  const { top } = at('result').getBoundingClientRect()
  if (top >= 0 && top < innerHeight / 2) return
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches
  at('result').scrollIntoView({ block: 'start', behavior: calm ? 'auto' : 'smooth' })
})

form.addEventListener('reset', () => {
  unmark()
  empty()
  reveal(false)
  // After the fields have their first values again.
  queueMicrotask(() => {
    showValues()
    showReceived()
    at('access-key').focus()
  })
})

form.addEventListener('input', () => {
  unmark()
  outdate()
})

function showReceived(): void {
  at('received-field').hidden = value('age') !== 'at'
}

at('product').addEventListener('change', showValues)
at('age').addEventListener('change', showReceived)
at('show').addEventListener('click', () => reveal(at<HTMLInputElement>('access-key').type === 'password'))
at('example').addEventListener('click', () => {
  form.reset()
  for (const [id, text] of Object.entries(EXAMPLE)) at<HTMLInputElement>(id).value = text
  form.requestSubmit()
})
showValues()
