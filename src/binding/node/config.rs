//! The options of `new EkoClient(...)`, after JavaScript has checked their names and types.

use super::text::internal;
use crate::client::{Client, Config, Environment};
use crate::error::Error;
use crate::secret::Secret;
use serde::Deserialize;
use std::time::Duration;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Options {
    developer_key: String,
    initiator_id: Option<String>,
    user_code: Option<String>,
    environment: Option<Name>,
    base_url: Option<String>,
    legacy_base_url: Option<String>,
    ca: Option<String>,
    proxy: Option<String>,
    deadline_ms: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Name {
    Uat,
    Production,
}

/// Makes the client these options ask for.
pub(super) fn client(access_key: Secret, json: &str) -> Result<Client, Error> {
    // The text is ours, made by `lib/options.ts`; a text that does not fit is our fault.
    let options: Options = serde_json::from_str(json).map_err(|_| internal())?;
    let mut config = Config::new(Secret::new(options.developer_key), access_key);
    config.initiator_id = options.initiator_id;
    config.user_code = options.user_code;
    config.environment = options.environment.map(|name| match name {
        Name::Uat => Environment::Uat,
        Name::Production => Environment::Production,
    });
    config.base_url = options.base_url;
    config.legacy_base_url = options.legacy_base_url;
    config.ca = options.ca;
    config.proxy = options.proxy;
    config.deadline = options.deadline_ms.map(Duration::from_millis);
    Client::new(config)
}
