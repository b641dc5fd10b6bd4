// Constants, each shifted by a step: to more, to less, or both where either does harm.

/** `to` is one number or two, the first for more; `also` names other files that use it, beside the one that declares it. */
export function shifted(id, rule, constant, to, test, also = []) {
  const steps = Array.isArray(to) ? to : [to]
  const names = steps.length === 1 ? [id] : [`${id}-more`, `${id}-less`]
  return steps.map((step, index) => ({ id: names[index], rule, constant, to: step, test, also }))
}

export const ms = (number) => `std::time::Duration::from_millis(${number})`

/** A room of which only constants are shifted. */
export const room = (file, tests, ...mutants) => ({ file, tests, mutants: mutants.flat() })
