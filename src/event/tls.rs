//! Facts about TLS: what was agreed on, and the certificates shown.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Side;
use super::tcp::Protocol;

/// One certificate of the chain a server showed, first the server's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Certificate {
    pub subject: String,
    pub issuer: String,
    /// DNS names and IP addresses it is valid for (subjectAltName, RFC 5280 section 4.2.1.6).
    pub names: Vec<String>,
    /// How many more it is valid for than are listed; absent where all are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names_left_out: Option<u64>,
    /// RFC 3339, UTC.
    pub not_before: String,
    pub not_after: String,
    /// True where subject and issuer are the same name.
    pub self_issued: bool,
    /// SHA-256 of the certificate, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// A TLS handshake completed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TlsEstablished {
    /// As `TLS 1.3`.
    pub version: String,
    /// IANA name of the cipher suite.
    pub cipher: String,
    /// Application protocol agreed on (ALPN, RFC 7301).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alpn: Option<String>,
    /// Name sent in the clear (SNI, RFC 6066 section 3); absent for an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_name: Option<String>,
    pub certificates: Vec<Certificate>,
    /// How many more the server showed than are listed; absent where all are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificates_left_out: Option<u64>,
    /// False where the check failed and `-k` said to go on.
    pub verified: bool,
    /// What the check found, where it failed and `-k` said to go on; its certificates are those of this event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unverified_because: Option<TlsFailed>,
}

/// A TLS handshake failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TlsFailed {
    pub reason: TlsFailure,
    /// Who found the fault.
    pub by: Side,
    /// The TLS library's own words.
    pub error: String,
    /// The certificates that were shown, where it came to that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<Certificate>,
    /// How many more were shown than are listed; absent where all are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificates_left_out: Option<u64>,
    /// The name or address that the certificate should have been valid for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_name: Option<String>,
    /// Alert description received, by its RFC 8446 section 6 name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert: Option<String>,
    /// Wall time at the check, RFC 3339, for the dates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked_at: Option<String>,
}

/// Why a handshake failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TlsFailure {
    Expired,
    NotYetValid,
    WrongName,
    UnknownIssuer,
    /// Another fault in the certificate; the library's words are in `error`.
    BadCertificate,
    /// The bytes that came are no TLS.
    NotTls,
    /// The peer sent a fatal alert.
    Alert,
    /// The connection ended within the handshake.
    Closed,
    Reset,
    Timeout,
    Other,
}

/// A throwaway authority was made and its certificate written out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuthorityWritten {
    pub path: String,
    pub subject: String,
    pub names: Vec<String>,
    pub not_after: String,
    /// The port of the server that it vouches for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// What that server speaks within TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<Protocol>,
}
