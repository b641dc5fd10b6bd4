// Mutants that change a constant: to a larger value, a smaller value, or both if both do harm.

/**
 * Makes these mutants. `to` is one number, or two with the larger first; `also` names other files that use the
 * constant.
 */
export function shifted(id, rule, constant, to, test, also = []) {
  const steps = Array.isArray(to) ? to : [to]
  const names = steps.length === 1 ? [id] : [`${id}-more`, `${id}-less`]
  return steps.map((step, index) => ({ id: names[index], rule, constant, to: step, test, also }))
}

export const ms = (number) => `std::time::Duration::from_millis(${number})`

/** Returns a list of mutants for a source file in which only constants are changed. */
export const room = (file, tests, ...mutants) => ({ file, tests, mutants: mutants.flat() })
