// Access to the memory of the wasm module: the hash states of a key, followed by text for input and output. The hash
// states are the state of SHA-256 after the inner and the outer pad of the HMAC key.
import * as glue from 'built:glue'
// The build inserts workerd.mts, edge-light.mts or inline.mts here.
import { load } from 'built:module'

/** Size of the hash states in bytes. The wasm module does not compile with another size. */
const STATES = 152

let states: Uint8Array
let text: Uint8Array
/** Part of `text` for the values, which follow the 13 digits of the timestamp. */
let rest: Uint8Array
/** Hash states that were last copied to `states`. */
let present: Uint8Array | undefined

/** Returns the hash states of a key. Code that has the states can sign, so keep them in a private field. */
export function statesOf(key: string): Uint8Array {
  if (!text) {
    const { exports } = new WebAssembly.Instance(load())
    glue.__wbg_set_wasm(exports)
    const at = glue.room()
    // The wasm memory never grows, so these views of its buffer stay valid.
    const { buffer } = exports.memory as WebAssembly.Memory
    states = new Uint8Array(buffer, at, STATES)
    // The memory holds 13 digits, then the UTF-8 bytes of the longest text that the rules allow.
    text = new Uint8Array(buffer, at + STATES, 13 + 4 * 6144)
    rest = text.subarray(13)
  }
  present = undefined
  glue.key(write(key, text))
  return states.slice()
}

/** Returns the signature of a timestamp and the values after it. The caller must have checked them with the rules. */
export function signature(key: Uint8Array, timestamp: number, values?: string): string {
  if (present !== key) {
    states.set(key)
    present = key
  }
  const length = values ? write(values, rest) : 0
  glue.sign(timestamp, length)
  // The values may be personal data, so they are erased. The result has already overwritten the first 57 bytes.
  if (length) text.fill(0, 57, 13 + length)
  // The characters are written out, because `apply` or TextDecoder would add a tenth to the total time.
  // biome-ignore format: eleven characters on each line
  return String.fromCharCode(
    text[0], text[1], text[2], text[3], text[4], text[5], text[6], text[7], text[8], text[9], text[10],
    text[11], text[12], text[13], text[14], text[15], text[16], text[17], text[18], text[19], text[20], text[21],
    text[22], text[23], text[24], text[25], text[26], text[27], text[28], text[29], text[30], text[31], text[32],
    text[33], text[34], text[35], text[36], text[37], text[38], text[39], text[40], text[41], text[42], text[43],
  )
}

function write(value: string, room: Uint8Array): number {
  return new TextEncoder().encodeInto(value, room).written
}
