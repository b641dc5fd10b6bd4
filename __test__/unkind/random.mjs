// Chance that a seed decides: the same seed draws the same.

/** What a text and a seed come to, as a seed of its own. */
function mixed(seed, text) {
  let hash = seed ^ 0x811c9dc5
  for (const unit of text) hash = Math.imul(hash ^ unit.codePointAt(0), 0x01000193)
  return hash >>> 0
}

export class Chance {
  #state

  /** `about`: what is drawn for, where each of many things has a chance of its own, in whatever order they come. */
  constructor(seed, about = '') {
    this.#state = mixed(seed, about)
  }

  /** From 0 up to 1. */
  #next() {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let value = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296
  }

  /** A whole number, the last one included. */
  number(first, last) {
    return first + Math.floor(this.#next() * (last - first + 1))
  }
  comes(percent) {
    return this.#next() * 100 < percent
  }
  one(list) {
    return list[this.number(0, list.length - 1)]
  }
  many(first, last, draw) {
    return Array.from({ length: this.number(first, last) }, (_, index) => draw(index))
  }
}
