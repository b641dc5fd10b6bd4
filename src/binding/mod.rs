//! Bindings to other languages. No other module may use `napi` or `wasm_bindgen`.

// The Node.js binding is not compiled for unit tests, because a test binary is not linked with Node.js. `__test__` tests the binding.
#[cfg(all(feature = "node-client", not(test)))]
mod node;

// Parts of the Node.js binding that unit tests can run without Node.js.
#[cfg(all(feature = "node", test))]
#[allow(dead_code, reason = "other parts of the Node.js binding use these items")]
mod node {
    mod engine;
    mod guard;
    mod outbox;
    mod text;
}

#[cfg(all(target_arch = "wasm32", feature = "wasm"))]
mod wasm;
