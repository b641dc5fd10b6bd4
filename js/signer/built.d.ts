// Modules that scripts/build-wasm.mjs creates and that esbuild inserts into the bundle.

declare module 'built:glue' {
  export function __wbg_set_wasm(exports: WebAssembly.Exports): void
  /** Returns the address of the memory that holds the hash states, and after them the text. */
  export function room(): number
  /** Computes the hash states of a key. `length` is the number of bytes of the key in the text memory. */
  export function key(length: number): void
  /** Signs a timestamp and the text after it. `length` is the number of bytes of that text. */
  export function sign(timestamp: number, length: number): void
}

declare module 'built:module' {
  /** Returns the compiled WebAssembly module. */
  export function load(): WebAssembly.Module
}

declare module 'built:base64' {
  const base64: string
  export default base64
}

declare module '*.wasm' {
  const module: WebAssembly.Module
  export default module
}

declare module '*.wasm?module' {
  const module: WebAssembly.Module
  export default module
}
