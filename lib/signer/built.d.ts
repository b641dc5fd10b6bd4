// Modules that scripts/build-wasm.mjs creates and esbuild inserts.

declare module 'built:glue' {
  export function __wbg_set_wasm(exports: WebAssembly.Exports): void
  /** Returns the address of the memory for states and text. */
  export function room(): number
  /** Computes the states of a key from this many bytes of text. */
  export function key(length: number): void
  /** Signs a timestamp and this many bytes of text after it. */
  export function sign(timestamp: number, length: number): void
}

declare module 'built:module' {
  /** Returns the compiled module, loaded in the way of this entry. */
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
