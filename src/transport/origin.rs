//! Target of requests: the parts that all requests to one base URL share, computed once.

use hyper::Uri;
use hyper::header::HeaderValue;

pub(crate) struct Origin {
    uri: Uri,
    host: HeaderValue,
    /// Offset of the path in every URL below the base.
    path_at: usize,
}

impl Origin {
    /// Parses a base URL. Returns `None` if it is not one.
    pub(crate) fn of(base_url: &str) -> Option<Self> {
        let uri: Uri = base_url.parse().ok()?;
        let authority = uri.authority()?.as_str();
        let path_at = base_url.find(authority)? + authority.len();
        Some(Self { host: authority.parse().ok()?, path_at, uri })
    }

    /// Returns path and query of a URL below the base.
    pub(crate) fn path<'a>(&self, url: &'a str) -> &'a str {
        url.get(self.path_at..).unwrap_or_default()
    }

    /// Returns the URI, which has scheme, host and port.
    pub(super) fn uri(&self) -> &Uri {
        &self.uri
    }

    pub(super) fn host(&self) -> &HeaderValue {
        &self.host
    }
}

#[cfg(test)]
mod tests {
    use super::Origin;

    #[test]
    fn paths_begin_after_the_port() {
        for base in ["https://api.example", "http://127.0.0.1:4000/ekoapi/v3", "http://[::1]:80/http"] {
            let origin = Origin::of(base).unwrap();
            let authority = base.split('/').nth(2).unwrap();
            let path = base.strip_prefix(&format!("{}//{authority}", base.split('/').next().unwrap())).unwrap();
            assert_eq!(origin.path(&format!("{base}/customer?x=1")), format!("{path}/customer?x=1"));
            assert_eq!(origin.host(), authority);
        }
    }
}
