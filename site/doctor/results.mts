// The result: a verdict that is read aloud, the findings, and the right values. Text only ever becomes text.
import type { Diagnosis, Finding } from '../../js/doctor/doctor-types.js'
import { at } from './form.mjs'

const SUBJECTS: Readonly<Record<Finding['about'], string>> = {
  access_key: 'Access key',
  timestamp: 'secret-key-timestamp',
  'secret-key': 'secret-key',
  request_hash: 'request_hash',
}

function make<K extends keyof HTMLElementTagNameMap>(tag: K, text = '', className = ''): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  element.textContent = text
  if (className !== '') element.className = className
  return element
}

function card({ code, about, title, explanation, fix, source }: Finding): HTMLElement {
  const article = make('article', '', 'finding')
  article.dataset.code = code
  const subject = make('p', `${SUBJECTS[about]} · `, 'about')
  subject.append(make('code', code))
  const remedy = make('p', '', 'fix')
  remedy.append(make('strong', 'Fix: '), fix)
  article.append(subject, make('h3', title), make('p', explanation), remedy, make('p', `Rule: ${source}`, 'rule'))
  return article
}

function row(name: string, text: string): HTMLElement {
  const entry = make('div', '', 'value')
  const shown = make('dd')
  const code = make('code', text)
  const copy = make('button', 'Copy', 'quiet')
  copy.type = 'button'
  copy.setAttribute('aria-label', `Copy ${name}`)
  copy.addEventListener('click', async () => {
    // Without a secure context there is no clipboard: then the text is selected, ready to be copied.
    try {
      await navigator.clipboard.writeText(text)
      announce(`${name} copied.`)
    } catch {
      getSelection()?.selectAllChildren(code)
      announce(`${name} selected: copy it with your keyboard.`)
    }
  })
  shown.append(code, copy)
  entry.append(make('dt', name), shown)
  return entry
}

/** Says something aloud beside the verdict, which stays. A new element each time: the same words twice are two messages. */
function announce(text: string): void {
  at('said').replaceChildren(make('span', text))
}

function summary({ findings }: Diagnosis, judged: boolean): [text: string, look: string] {
  if (findings.length > 0)
    return [findings.length === 1 ? '1 mistake found.' : `${findings.length} mistakes found.`, 'bad']
  return judged
    ? ['Nothing is wrong.', 'good']
    : ['Here are the right values. Enter what your code made to compare.', '']
}

/** Shows a diagnosis. `judged` says whether there was a value to compare. */
export function show(diagnosis: Diagnosis, judged: boolean): void {
  const [text, look] = summary(diagnosis, judged)
  at('result').classList.remove('outdated')
  at('said').replaceChildren()
  at('summary').className = `summary ${look}`
  at('summary').textContent = text
  at('findings').replaceChildren(...diagnosis.findings.map(card))
  const { timestamp, secretKey, requestHash } = diagnosis.expected
  const rows = Object.entries({ 'secret-key-timestamp': timestamp, 'secret-key': secretKey, request_hash: requestHash })
  const list = make('dl')
  for (const [name, right] of rows) if (right !== undefined) list.append(row(name, right))
  at('expected').replaceChildren(...(list.childElementCount > 0 ? [make('h3', 'Right is'), list] : []))
}

/** Says that what is shown belongs to fields that have changed since; it stays, to be read while they are mended. */
export function outdate(): void {
  const { classList } = at('result')
  if (at('expected').childElementCount + at('findings').childElementCount === 0 || classList.contains('outdated'))
    return
  classList.add('outdated')
  at('summary').className = 'summary old'
  at('summary').textContent = 'Outdated: a field has changed since. Diagnose again.'
  const [heading] = at('expected').children
  if (heading) heading.textContent = 'Right was'
}

/** As at the start. */
export function empty(): void {
  at('result').classList.remove('outdated')
  at('summary').className = 'summary'
  at('summary').textContent = 'Nothing to look at yet.'
  at('said').replaceChildren()
  at('findings').replaceChildren()
  at('expected').replaceChildren()
}
