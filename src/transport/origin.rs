//! Target server of requests: the URL parts that all requests to one base URL share, computed once.

use hyper::Uri;
use hyper::header::HeaderValue;

pub(crate) struct Origin {
    uri: Uri,
    host: HeaderValue,
    /// Byte offset at which the path starts, in every URL that begins with the base URL.
    path_at: usize,
}

impl Origin {
    /// Parses a base URL. Returns `None` if the text is not an absolute URL.
    pub(crate) fn of(base_url: &str) -> Option<Self> {
        let uri: Uri = base_url.parse().ok()?;
        let authority = uri.authority()?.as_str();
        let path_at = base_url.find(authority)? + authority.len();
        Some(Self { host: authority.parse().ok()?, path_at, uri })
    }

    /// Returns the path and query of a URL that begins with the base URL.
    pub(crate) fn path<'a>(&self, url: &'a str) -> &'a str {
        url.get(self.path_at..).unwrap_or_default()
    }

    /// Returns the base URI, which contains scheme, host and port.
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
