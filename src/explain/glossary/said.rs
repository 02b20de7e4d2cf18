//! Words that are looked up and are no term of their own: messages of other programs, codes and names of one kind of a thing. Each
//! stands under a term, and its page says first what the word itself is.

/// A word of somebody else's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    pub text: &'static str,
    /// The term that it stands under.
    pub term: &'static str,
    /// What it is: goes on behind the text.
    pub is: &'static str,
}

/// Methods: RFC 9110 section 9.3. Status codes: RFC 9110 section 15.
pub(super) const SAID: &[Said] = &[
    Said { text: "unable to connect", term: "ERR_CONNECTION_REFUSED", is: "is Firefox's headline for it" },
    Said {
        text: "this site can't be reached",
        term: "ERR_CONNECTION_REFUSED",
        is: "is Chrome's headline for it, and for other failures; the code below it tells them apart",
    },
    Said {
        text: "empty reply from server",
        term: "ERR_EMPTY_RESPONSE",
        is: "is curl's message for it (exit 52)",
    },
    Said {
        text: "wrong version number",
        term: "ERR_SSL_PROTOCOL_ERROR",
        is: "is OpenSSL's message where what came is no TLS",
    },
    Said {
        text: "self-signed certificate",
        term: "ERR_CERT_AUTHORITY_INVALID",
        is: "is OpenSSL's message, and Node's, for a certificate that is its own issuer",
    },
    Said {
        text: "name or service not known",
        term: "ENOTFOUND",
        is: "is the message of the C library of Linux behind it (EAI_NONAME)",
    },
    Said {
        text: "temporary failure in name resolution",
        term: "EAI_AGAIN",
        is: "is the message of the C library of Linux for it",
    },
    Said { text: "EAI_NONAME", term: "ENOTFOUND", is: "is the code of getaddrinfo behind it" },
    Said {
        text: "EPERM",
        term: "EACCES",
        is: "is another code: the operation is for privileged programs; Linux gives it too where a firewall drops what a program sends",
    },
    Said {
        text: "SIGPIPE",
        term: "EPIPE",
        is: "is the signal that comes with it, and that ends a program which does not ignore it",
    },
    Said {
        text: "ping",
        term: "ICMP",
        is: "is a program that sends ICMP echo requests and waits for the replies",
    },
    Said { text: "nftables", term: "firewall", is: "is the firewall in the kernel of Linux" },
    Said { text: "iptables", term: "firewall", is: "is an older command for the firewall of Linux" },
    Said {
        text: "SVCB",
        term: "HTTPS record",
        is: "is the record for any service; the HTTPS record is its form for web sites",
    },
    Said { text: "axios", term: "fetch", is: "is a library with its own call for the same thing" },
    Said { text: "requests.get", term: "fetch", is: "is the call of a Python library for the same thing" },
    Said {
        text: "XMLHttpRequest",
        term: "fetch",
        is: "is the older interface of browsers for the same thing",
    },
    Said { text: "GET", term: "method", is: "is the method that asks for a representation of the target" },
    Said {
        text: "POST",
        term: "method",
        is: "is the method that hands data over to the target to be worked on",
    },
    Said {
        text: "PUT",
        term: "method",
        is: "is the method that replaces what is at the target by what it carries",
    },
    Said { text: "DELETE", term: "method", is: "is the method that asks to remove what is at the target" },
    Said { text: "200", term: "status code", is: "is OK: the request succeeded" },
    Said {
        text: "201",
        term: "status code",
        is: "is Created: the request succeeded, and something new is there",
    },
    Said {
        text: "204",
        term: "status code",
        is: "is No Content: the request succeeded, and the response has no body",
    },
    Said { text: "301", term: "redirect", is: "is Moved Permanently: ask at the other URL from now on" },
    Said { text: "302", term: "redirect", is: "is Found: ask at the other URL this time" },
    Said { text: "303", term: "redirect", is: "is See Other: ask at the other URL with GET" },
    Said {
        text: "304",
        term: "status code",
        is: "is Not Modified: the copy that the client has is still good",
    },
    Said {
        text: "307",
        term: "redirect",
        is: "is Temporary Redirect: ask at the other URL this time, with the same method",
    },
    Said {
        text: "308",
        term: "redirect",
        is: "is Permanent Redirect: ask at the other URL from now on, with the same method",
    },
    Said {
        text: "400",
        term: "status code",
        is: "is Bad Request: the server takes the request for a mistake of the client",
    },
    Said { text: "401", term: "status code", is: "is Unauthorized: the request lacks valid credentials" },
    Said {
        text: "403",
        term: "status code",
        is: "is Forbidden: the server understood the request and refuses it",
    },
    Said {
        text: "404",
        term: "status code",
        is: "is Not Found: the server has nothing at that target, or does not say that it has",
    },
    Said {
        text: "405",
        term: "status code",
        is: "is Method Not Allowed: the target is there, and does not take this method",
    },
    Said { text: "418", term: "status code", is: "is unused: it comes from a joke, the teapot of RFC 2324" },
    Said {
        text: "429",
        term: "status code",
        is: "is Too Many Requests: this client has sent too many in a given time (RFC 6585)",
    },
    Said {
        text: "500",
        term: "status code",
        is: "is Internal Server Error: the server met a trouble that it did not expect",
    },
    Said {
        text: "502",
        term: "status code",
        is: "is Bad Gateway: a server in between got an invalid response from the next one",
    },
    Said {
        text: "503",
        term: "status code",
        is: "is Service Unavailable: the server cannot serve the request at this time",
    },
    Said {
        text: "504",
        term: "status code",
        is: "is Gateway Timeout: a server in between got no response from the next one in time",
    },
];
