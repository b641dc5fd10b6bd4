//! Doors to other languages. Nothing else may name `napi` or `wasm_bindgen`.

#[cfg(feature = "node")]
mod node;
