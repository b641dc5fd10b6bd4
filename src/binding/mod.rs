//! Bindings to other languages. No other module may use `napi` or `wasm_bindgen`.

// The module is not compiled for unit tests, because a test binary has no Node to link with or to register with. `__test__` tests the
// module inside Node.
#[cfg(all(feature = "node-client", not(test)))]
mod node;

// These parts can be tested without Node: the code that contains panics, and the code that decides when to wake JavaScript.
#[cfg(all(feature = "node", test))]
#[allow(dead_code, reason = "the rest of the door uses it")]
mod node {
    mod engine;
    mod guard;
    mod outbox;
    mod text;
}

#[cfg(all(target_arch = "wasm32", feature = "wasm"))]
mod wasm;
