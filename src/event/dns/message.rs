//! Facts about one DNS message: a question on its way, an answer, or why none came.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::walk::Alias;
use crate::event::tcp::Icmp;
use crate::event::{Ends, Head};

/// What carried a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    Udp,
    Tcp,
}

/// What is asked (RFC 1035 section 4.1.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Question {
    /// With its final dot, octets outside printable ASCII as `\DDD` (RFC 1035 section 5.1).
    pub name: String,
    /// `A`, `AAAA`, `TYPE65280`, ...
    pub record_type: String,
    /// `IN`, or another class's mnemonic or `CLASSnnn`.
    pub class: String,
}

/// Why a question was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The user asked for it.
    Asked,
    /// Nothing usable came; the same question again.
    Retry,
    /// The server before this one gave nothing usable: the next one is asked.
    NextServer,
    /// The answer over UDP was cut off (TC): the same question over TCP (RFC 7766 section 5).
    Truncated,
    /// The server does not take EDNS (FORMERR or BADVERS): the same question without it (RFC 6891 section 7).
    WithoutEdns,
    /// A walk begins: a root server is asked.
    Root,
    /// A referral names this server.
    Referral,
    /// A name server is known by name only: its address is looked up first.
    NameServerAddress,
    /// The answer is an alias: its target is asked for.
    Alias,
}

/// A question was sent (side `client` or `resolver`) or arrived (side `server`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Query {
    #[serde(flatten)]
    pub ends: Ends,
    pub transport: Transport,
    pub id: u16,
    /// Absent where a server was sent something without one.
    #[serde(flatten, default, skip_serializing_if = "Option::is_none")]
    pub question: Option<Question>,
    pub reason: Reason,
    /// Which try of this question at this server, from 1.
    pub attempt: u32,
    /// RD: the server is to find the answer elsewhere if it must (RFC 1035 section 4.1.1).
    pub recursion_desired: bool,
    /// Largest UDP answer that the asker takes (RFC 6891 section 6.2.3); absent without EDNS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edns_payload: Option<u16>,
    /// Who the server is to its teller: the zone it was asked as a server of, or the lab's name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// Octets of the message, without TCP's length prefix.
    pub len: u64,
    #[serde(flatten)]
    pub head: Head,
}

/// One resource record (RFC 1035 section 3.2.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Record {
    pub name: String,
    pub record_type: String,
    pub class: String,
    /// Seconds.
    pub ttl: u32,
    /// In presentation format (RFC 1035 section 5.1; unknown types as `\# LEN HEX`, RFC 3597 section 5).
    pub data: String,
}

/// What a reply says, all things considered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// Records of the type asked for (an alias may lead to them).
    Answer,
    /// Only an alias: its target is to be asked for.
    Alias,
    /// Only aliases that lead in a circle.
    AliasLoop,
    /// Ask the servers named here: NOERROR, no answer, NS records in the authority section, no AA.
    Referral,
    /// The name exists, and has no record of this type (NODATA, RFC 2308 section 2.2).
    NoData,
    /// There is no such name (NXDOMAIN, RFC 2308 section 2.1).
    NoSuchName,
    /// Cut off: over UDP a reason to ask again over TCP; over TCP nothing is said of what is missing.
    Truncated,
    /// The server failed (SERVFAIL).
    ServerFailure,
    /// The server will not answer this (REFUSED).
    Refused,
    /// Another error: FORMERR, NOTIMP, BADVERS, ...
    OtherError,
    /// NOERROR with nothing in it that answers: not the name's server (lame), or a broken one.
    Lame,
}

/// EDNS of a message (RFC 6891).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Edns {
    pub version: u8,
    /// Largest UDP message the sender takes.
    pub payload: u16,
    pub dnssec_ok: bool,
    /// Code and length of each option.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<(u16, u16)>,
}

/// An answer arrived and fits its question (side `client`, `resolver`), or was sent (side `server`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reply {
    #[serde(flatten)]
    pub ends: Ends,
    pub transport: Transport,
    pub id: u16,
    #[serde(flatten, default, skip_serializing_if = "Option::is_none")]
    pub question: Option<Question>,
    /// Mnemonic of the response code, EDNS's upper bits included: `NOERROR`, `NXDOMAIN`, `RCODE23`.
    pub rcode: String,
    pub aa: bool,
    pub tc: bool,
    pub rd: bool,
    pub ra: bool,
    pub ad: bool,
    pub cd: bool,
    pub meaning: Meaning,
    pub answers: Vec<Record>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authority: Vec<Record>,
    /// Without the OPT pseudo-record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub additional: Vec<Record>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edns: Option<Edns>,
    /// Seconds a NODATA or NXDOMAIN may be remembered: the lesser of the SOA's own TTL and its MINIMUM (RFC 2308 section 5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub negative_ttl: Option<u32>,
    /// As in [`Query::server`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// True where a caching resolver answered from its cache and asked nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_cache: Option<bool>,
    pub len: u64,
    #[serde(flatten)]
    pub head: Head,
}

impl Reply {
    /// The aliases (CNAME) that lead on from the question's own name, up to the one that leads back, where one does.
    pub fn aliases(&self) -> Vec<Alias> {
        let mut chain: Vec<Alias> = Vec::new();
        let mut name = self.question.as_ref().map(|question| question.name.as_str());
        while let Some(here) =
            name.filter(|here| chain.iter().all(|met| !met.name.eq_ignore_ascii_case(here)))
        {
            let class = self.question.as_ref().map(|question| question.class.as_str());
            let alias = |record: &&Record| {
                record.record_type == "CNAME"
                    && Some(record.class.as_str()) == class
                    && record.name.eq_ignore_ascii_case(here)
            };
            let record = self.answers.iter().find(alias);
            chain.extend(record.map(|record| Alias { name: here.to_owned(), target: record.data.clone() }));
            name = record.map(|record| record.data.as_str());
        }
        chain
    }

    /// The name at the end of the aliases (CNAME) that lead on from the question's own; `None` where none does, or they lead in a circle.
    ///
    /// It is the one that an NXDOMAIN denies (RFC 6604 section 3) and whose data are missing in a NODATA (RFC 2308 section 2).
    pub fn alias_end(&self) -> Option<String> {
        let chain = self.aliases();
        let last = chain.last()?.target.clone();
        let circle = chain.iter().any(|alias| alias.name.eq_ignore_ascii_case(&last));
        (!circle).then_some(last)
    }
}

/// Something arrived that cannot be the answer, and was not believed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReplyIgnored {
    #[serde(flatten)]
    pub ends: Ends,
    pub transport: Transport,
    pub reason: Ignored,
    /// What was to be found, as the id that was asked with.
    pub expected: String,
    pub found: String,
    pub len: u64,
    #[serde(flatten)]
    pub head: Head,
}

/// Why a message was not believed (RFC 5452 section 9.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ignored {
    WrongId,
    WrongSource,
    WrongQuestion,
    /// A question, no answer (QR is 0).
    NotAReply,
    /// Its octets are no DNS message.
    Malformed,
    /// It has our id and our question, and cannot be read to its end: `found` says where.
    Broken,
    /// An answer to another kind of request than a query (RFC 1035 section 4.1.1, OPCODE).
    WrongOpcode,
}

/// No answer came to one try of a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QueryFailed {
    #[serde(flatten)]
    pub ends: Ends,
    pub transport: Transport,
    #[serde(flatten, default, skip_serializing_if = "Option::is_none")]
    pub question: Option<Question>,
    pub reason: QueryFailure,
    pub attempt: u32,
    /// Messages that arrived in that time and were not believed.
    pub ignored: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errno: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icmp: Option<Icmp>,
    /// As in [`Query::server`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
}

/// Why no answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QueryFailure {
    /// Nothing came in the time allowed.
    Silence,
    /// Only messages that could not be believed came.
    OnlyUnbelievable,
    /// ICMP port unreachable, or (over TCP) a RST: no name server listens there.
    PortClosed,
    /// Another ICMP error, or no route.
    Unreachable,
    /// The TCP connection ended before a whole answer.
    CutOff,
    /// Another error of the system.
    Other,
}
