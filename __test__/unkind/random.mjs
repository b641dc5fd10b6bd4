// Chance by a seed: the same seed gives the same numbers.

/** Mixes a text into a seed; returns the new seed. */
function mixed(seed, text) {
  let hash = seed ^ 0x811c9dc5
  for (const unit of text) hash = Math.imul(hash ^ unit.codePointAt(0), 0x01000193)
  return hash >>> 0
}

export class Chance {
  #state

  /** `about` names what the numbers are for. So each thing has its own numbers, in whatever order the things come. */
  constructor(seed, about = '') {
    this.#state = mixed(seed, about)
  }

  /** Returns a number from 0 up to, but not including, 1. */
  #next() {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let value = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296
  }

  /** Returns a whole number from `first` to `last`, both included. */
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
