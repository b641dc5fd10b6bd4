//! Requests and answers of HTTP, as bytes.

use std::io::Read;
use std::net::TcpStream;

pub struct Request {
    pub head: String,
    pub body: String,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// Returns the key (`op:reference`, for a refund `refund:tid`), and the reference or tid alone.
    pub fn intent(&self) -> (String, String) {
        if let Some((_, rest)) = self.head.split_once("/refund/") {
            let tid = rest.split([' ', '?']).next().unwrap();
            return (format!("refund:{tid}"), tid.to_owned());
        }
        let body: serde_json::Value = serde_json::from_str(&self.body).unwrap();
        let reference = body["client_ref_id"].as_str().unwrap();
        (format!("dmt.transfer:{reference}"), reference.to_owned())
    }
}

/// Reads a request. Returns `None` if the connection ends before the request is complete.
pub fn request(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some((head, body)) = std::str::from_utf8(&bytes).ok().and_then(|text| text.split_once("\r\n\r\n")) {
            let request = Request { head: head.to_owned(), body: body.to_owned() };
            let length = request.header("content-length").unwrap_or("0");
            if body.len() >= length.parse().unwrap() {
                return Some(request);
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}

pub fn answer(status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{headers}content-length: {length}\r\n\r\n{body}")
}
